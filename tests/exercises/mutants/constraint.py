"""Wrong answers to the exercises of chapter 6."""

from tests.exercises.mutants.mutant import Mutant

SET = "06-constraint"
MUTANTS = (
    # Question 1
    Mutant(
        "the mean over pixels not seen", 3, "q1-beta", 'if reconstruction == "mean"', 'if reconstruction == "never"',
        ("q1-beta-test",), "the mean over pixels is not seen",
    ),
    Mutant(
        "a mean divides beta", 3, "q1-beta", "of_latents / of_pixels", "of_latents * of_pixels", ("q1-beta-test",),
        "it divides",
    ),
    Mutant(
        "the mean over latents not seen", 3, "q1-beta", 'if kl == "mean"', 'if kl == "never"', ("q1-beta-test",),
        "the mean over latents is not seen",
    ),
    Mutant(
        "the mean over latents multiplies", 3, "q1-beta", "weight / latents", "weight * latents", ("q1-beta-test",),
        "so it counts less",
    ),
    Mutant(
        "the weight forgotten", 0, "q1-beta", "of_latents / of_pixels", "of_latents / of_pixels / weight",
        ("q1-beta-test",), "the weight is forgotten",
    ),
    Mutant(
        "mean over pixels kept", 3, "q1-loss", "costs.sum(1)", "costs.mean()", ("q1-loss-test",),
        "the mean over pixels is still there",
    ),
    Mutant("mean over latents", 3, "q1-loss", "kl.sum(1)", "kl.mean(1)", ("q1-loss-test",), "a mean over latents"),
    Mutant(
        "the batch summed", 0, "q1-loss", "kl.sum(1)).mean()", "kl.sum(1)).sum()", ("q1-loss-test",),
        "the batch is summed",
    ),
    Mutant("no weight", 0, "q1-loss", "weight * kl", "kl", ("q1-loss-test",), "the weight is forgotten"),
    Mutant(
        "the KL with the wrong sign", 4, "q1-loss", "+ weight", "- weight", ("q1-loss-test",), "the KL subtracted",
    ),
    # Question 2
    Mutant(
        "negative rates", 0, "q2-rates", ".clamp_min(0)", "", ("q2-rates-test",), "not a negative one",
    ),
    Mutant("the half left out", 2, "q2-rates", "0.5 * ", "", ("q2-rates-test",), "the half is forgotten"),
    Mutant(
        "sigma for sigma^2 in the rate", 0, "q2-rates", "sigma**2", "sigma", ("q2-rates-test",),
        "sigma in place of sigma^2",
    ),
    Mutant("beta left out", 0, "q2-rates", "beta * ", "", ("q2-rates-test",), "beta is forgotten"),
    Mutant("the total", 0, "q2-rates", ".clamp_min(0)", ".clamp_min(0).sum()", ("q2-rates-test",), "the total"),
    Mutant(
        "sorted rates", 0, "q2-rates", "return 0.5 * torch.log(eigenvalues /",
        "return 0.5 * torch.log(eigenvalues.sort(descending=True).values /", ("q2-rates-test",), "keep the order given",
    ),
    Mutant(
        "delta counted once", 2, "q2-multiplier", "2 * delta", "delta", ("q2-multiplier-test",), "delta counted once",
    ),
    Mutant(
        "delta for each axis", 0, "q2-multiplier", "- 2 * delta) / active", ") / active - 2 * delta",
        ("q2-multiplier-test",), "the limit given to each axis",
    ),
    Mutant(
        "all axes on", 0, "q2-multiplier", "if level < ordered[active - 1]:", "if True:", ("q2-multiplier-test",),
        "all axes switched on",
    ),
    Mutant(
        "the largest axis alone", 0, "q2-multiplier", "range(len(ordered), 0, -1)", "range(1, 0, -1)",
        ("q2-multiplier-test",), "the largest axis alone",
    ),
    Mutant(
        "sigma for sigma^2 in the multiplier", 0, "q2-multiplier", "sigma**2", "sigma", ("q2-multiplier-test",),
        "sigma in place of sigma^2",
    ),
    Mutant(
        "the level for the multiplier", 0, "q2-multiplier", "return level / sigma**2", "return level",
        ("q2-multiplier-test",), "not yet divided",
    ),
    # Question 3
    Mutant(
        "a strict limit", 0, "q3-conditions", "kl - delta <= tolerance", "kl < delta", ("q3-test",), "<=, not <",
    ),
    Mutant(
        "the limit the other way round", 0, "q3-conditions", "kl - delta <= tolerance", "delta - kl <= tolerance",
        ("q3-test",), "slack does not violate the limit",
    ),
    Mutant(
        "the limit not looked at", 0, "q3-conditions", "primal = kl - delta <= tolerance", "primal = True",
        ("q3-test",), "exceeded by 2 nats",
    ),
    Mutant("a positive multiplier", 0, "q3-conditions", "beta >= 0", "beta > 0", ("q3-test",), "of 0 is allowed"),
    Mutant(
        "any sign of the multiplier", 0, "q3-conditions", "dual = beta >= 0", "dual = True", ("q3-test",),
        "must not be negative",
    ),
    Mutant(
        "no absolute value", 0, "q3-conditions", "abs(beta * (kl - delta))", "beta * (kl - delta)", ("q3-test",),
        "take the absolute value",
    ),
    Mutant(
        "slack never allowed", 0, "q3-conditions", "abs(beta * (kl - delta))", "abs(kl - delta)", ("q3-test",),
        "the product counts",
    ),
    # Question 4
    Mutant(
        "the bars before the mean", 13, "q4-loss", "(kl.mean() - capacity).abs()", "(kl - capacity).abs().mean()",
        ("q4-value-test", "q4-gradient-test"), "the bars before the mean",
    ),
    Mutant(
        "the reconstruction with the wrong sign", 0, "q4-loss", "-reconstruction.mean()", "reconstruction.mean()",
        ("q4-value-test", "q4-gradient-test"), "the reconstruction with the wrong sign",
    ),
    Mutant(
        "gamma left out", 0, "q4-loss", "gamma * ", "", ("q4-value-test", "q4-gradient-test"), "gamma is forgotten",
    ),
    Mutant(
        "a square", 0, "q4-loss", "(kl.mean() - capacity).abs()", "(kl.mean() - capacity) ** 2",
        ("q4-value-test", "q4-gradient-test"), "a square for the bars",
    ),
    Mutant(
        "no bars", 0, "q4-loss", ".abs()", "", ("q4-value-test", "q4-gradient-test"), "the bars are forgotten",
    ),
    Mutant(
        "one-sided", 0, "q4-loss", ".abs()", ".clamp_min(0)", ("q4-value-test", "q4-gradient-test"), "one-sided",
    ),
    Mutant(
        "the KL detached", 7, "q4-loss", "kl.mean()", "kl.detach().mean()", ("q4-gradient-test",),
        "no gradient reaches the KL",
    ),
    # Question 5
    Mutant(
        "the worst model", 0, "q5-weight", "argmin", "argmax", ("q5-weight-test",), "the largest",
    ),
    Mutant("beta not used", 0, "q5-weight", " + beta * rate", "", ("q5-weight-test",), "beta is forgotten"),
    Mutant(
        "beta on the distortion", 0, "q5-weight", "distortion + beta * rate", "beta * distortion + rate",
        ("q5-weight-test",), "",
    ),
    Mutant("a limit not kept", 0, "q5-limit", "rate <= delta", "rate > 0", ("q5-limit-test",), "the limit is not kept"),
    Mutant(
        "a strict limit in the table", 0, "q5-limit", "rate <= delta", "rate < delta", ("q5-limit-test",),
        "just at the limit",
    ),
    Mutant(
        "the largest rate allowed", 0, "q5-limit",
        "allowed = torch.where(rate <= delta, distortion, torch.inf)\n    return torch.argmin(allowed)",
        "return torch.argmax(torch.where(rate <= delta, rate, -torch.inf))", ("q5-limit-test",), "the largest rate",
    ),
)
