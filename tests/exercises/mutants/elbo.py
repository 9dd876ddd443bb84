"""Wrong answers to the exercises of chapter 2."""

from tests.exercises.mutants.mutant import Mutant

SET = "02-elbo"
MUTANTS = (
    # Question 1
    Mutant(
        "sum over x in place of z", 0, "q1-evidence", "np.log(joint[x].sum())", "np.log(joint[:, x].sum())",
        ("q1-evidence-test",), "the sum over x",
    ),
    Mutant(
        "p(x) without the logarithm", 0, "q1-evidence", "np.log(joint[x].sum())", "joint[x].sum()",
        ("q1-evidence-test",), "without the logarithm",
    ),
    Mutant(
        "p(x | z) for p(z | x)", 0, "q1-evidence", "return joint[x] / joint[x].sum()",
        "return joint[x] / joint.sum(axis=0)", ("q1-evidence-test", "q1-terms-test"), "p(x | z): divide the row",
    ),
    Mutant(
        "KL with the wrong sign", 4, "q1-terms", "np.log(q[held] / p[held])", "np.log(p[held] / q[held])",
        ("q1-terms-test",), "the opposite sign",
    ),
    Mutant(
        "mean over z for the expectation", 3, "q1-terms", "np.sum(q * np.log(likelihood))",
        "np.mean(np.log(likelihood))", ("q1-terms-test",), "a plain mean over z",
    ),
    Mutant(
        "p(x, z) for p(x | z)", 0, "q1-terms", "joint[x] / prior", "joint[x]", ("q1-terms-test",),
        "p(x, z) in place of p(x | z)",
    ),
    Mutant(
        "0 log 0 is NaN", 0, "q1-terms", "held = q > 0", "held = q >= 0", ("q1-terms-test",), "a logarithm of 0",
    ),
    Mutant(
        "a Monte Carlo figure for an exact one", 16, "q1-terms", "np.sum(q * np.log(likelihood))",
        "np.log(likelihood)[np.random.default_rng(0).choice(len(q), 100_000, p=q)].mean()", ("q1-terms-test",), "",
    ),
    # Question 2
    Mutant(
        "the diagonal of S", 0, "q2-best", "1 / np.diag(precision)", "np.diag(np.linalg.inv(precision))",
        ("q2-best-test",), "KL(p || q), smallest",
    ),
    Mutant(
        "a precision for a variance", 0, "q2-best", "1 / np.diag(precision)", "np.diag(precision)",
        ("q2-best-test",), "that is a precision",
    ),
    Mutant(
        "standard deviations for variances", 6, "q2-best", "1 / np.diag(precision)", "np.diag(precision) ** -0.5",
        ("q2-best-test",), "standard deviations",
    ),
    Mutant("b forgotten", 0, "q2-best", "(x - b)", "x", ("q2-best-test",), "x in place of x - b"),
    Mutant(
        "missing 1/2 in the gap", 2, "q2-gap", "0.5 * (", "1.0 * (", ("q2-gap-test",), "no factor 1/2",
    ),
    Mutant(
        "the gap with the wrong sign", 4, "q2-gap", "0.5 * (", "-0.5 * (", ("q2-gap-test",), "the opposite sign",
    ),
    # Question 3
    Mutant(
        "log sigma for log sigma^2", 1, "q3-kl", "ratio =",
        "logvar_q, logvar_p = logvar_q / 2, logvar_p / 2\n    ratio =",
        ("q3-standard-test", "q3-prior-test"), "log sigma in place of log sigma^2",
    ),
    Mutant(
        "missing 1/2", 2, "q3-kl", "0.5 * np.sum", "np.sum", ("q3-standard-test", "q3-prior-test"), "no factor 1/2",
    ),
    Mutant(
        "0.5 / sum", 2, "q3-kl", "0.5 * np.sum", "0.5 / np.sum", ("q3-standard-test", "q3-prior-test"),
        "1/2 divided by the sum",
    ),
    Mutant(
        "mean over latents", 3, "q3-kl", "np.sum(", "np.mean(", ("q3-standard-test", "q3-prior-test"),
        "the mean over latents",
    ),
    Mutant(
        "KL with the wrong sign", 4, "q3-kl", "return 0.5", "return -0.5", ("q3-standard-test", "q3-prior-test"),
        "the opposite sign",
    ),
    Mutant(
        "exp(logvar) as the standard deviation", 6, "q3-kl", "ratio =",
        "logvar_q, logvar_p = 2 * logvar_q, 2 * logvar_p\n    ratio =", ("q3-standard-test", "q3-prior-test"),
        "exp(logvar) as the standard deviation",
    ),
    Mutant(
        "right for N(0, I) only", 0, "q3-kl", "ratio =", "mu_p, logvar_p = 0 * mu_p, 0 * logvar_p\n    ratio =",
        ("q3-prior-test",), "the prior taken for N(0, I)",
    ),
    Mutant(
        "q and p exchanged", 0, "q3-kl", "ratio =",
        "mu_q, logvar_q, mu_p, logvar_p = mu_p, logvar_p, mu_q, logvar_q\n    ratio =",
        ("q3-standard-test", "q3-prior-test"), "q and p exchanged",
    ),
    Mutant(
        "summed over the batch too", 0, "q3-kl", ", axis=1", "", ("q3-standard-test", "q3-prior-test"),
        "the sum over the batch too",
    ),
    # Question 4
    Mutant(
        "the planted error left in", 6, "q4-repaired", "w**2 * np.exp(logvar)", "w**2 * np.exp(logvar) ** 2",
        ("q4-repaired-test",), "the error still in place",
    ),
    Mutant(
        "log sigma for log sigma^2 in the KL", 1, "q4-repaired", "(np.exp(logvar) + mean**2 - 1 - logvar)",
        "(np.exp(logvar / 2) + mean**2 - 1 - logvar / 2)", ("q4-repaired-test",), "that term was right",
    ),
    Mutant(
        "KL with the wrong sign", 4, "q4-repaired", "reconstruction - kl", "reconstruction + kl",
        ("q4-repaired-test",), "the KL added",
    ),
    Mutant(
        "a reconstruction without noise", 5, "q4-repaired", " + w**2 * np.exp(logvar)", "", ("q4-repaired-test",),
        "without the spread of z",
    ),
    Mutant(
        "sigma for sigma^2 in the likelihood", 6, "q4-repaired", "error / (2 * sigma**2)", "error / (2 * sigma)",
        ("q4-repaired-test",), "sigma^2 under the squared error",
    ),
    Mutant(
        "the prior as witness", 0, "q4-witness", "return w * x / (w**2 + sigma**2), np.log(variance)",
        "return 0.0, 0.0",
        ("q4-witness-test",), "below log p(x)",
    ),
    Mutant(
        "a witness learned by heart", 0, "q4-witness", "return w * x / (w**2 + sigma**2), np.log(variance)",
        "return 2.0 / 4.25, np.log(0.25 / 4.25)", ("q4-witness-test",), None,
    ),
    # Question 5
    Mutant(
        "noise taken for an exact value", 16, "q5-read", "gap < -3 * error", "gap < 0", ("q5-gap-test",),
        "noise taken for a fact",
    ),
    Mutant(
        "a negative KL accepted", 4, "q5-read", "(kl < 0) | (gap < -3 * error)", "gap < -3 * error",
        ("q5-gap-test",), "a KL has a sign too",
    ),
    Mutant(
        "reconstruction plus KL", 4, "q5-read", "(reconstruction - kl)", "(reconstruction + kl)",
        ("q5-gap-test", "q5-best-test"), "the ELBO subtracts the KL",
    ),
    Mutant(
        "the highest ELBO for the best model", 0, "q5-read", "-np.inf, log_px", "-np.inf, reconstruction - kl",
        ("q5-best-test",), "the highest ELBO",
    ),
    Mutant(
        "an impossible run wins", 0, "q5-read", "np.argmin(np.where(impossible, np.inf, gap))", "np.argmin(gap)",
        ("q5-best-test",), "the smallest gap of all",
    ),
)  # fmt: skip
