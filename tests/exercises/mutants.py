"""Wrong answers that the exercises must refuse: the reference solutions with one error put in.

`bug` is the number in the list of bugs that published VAE code really had; 0 is an error that is merely likely.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """In the solution cell `cell`, `old` becomes `new`; exactly the tests `lost` fail, and a check says `says`.

    With `says` None no check fails: only fresh inputs tell.
    """

    name: str
    bug: int
    cell: str
    old: str
    new: str
    lost: tuple[str, ...]
    says: str | None


# The bugs of the list that cannot be made in these two sets, and where they belong.
ELSEWHERE = {
    9: "minibatch stratified sampling: beta-TCVAE",
    11: "MIG: factorised representations",
    12: "unbounded exp(logvar): a property of networks, tested with the library's",
    13: "the capacity term: beta-VAE",
    14: "M2 with sampled labels: semi-supervised VAE",
    18: "height and width in a reshape: no answer here reshapes an image",
}

ELBO = (
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

DIGITS = (
    # Question 1
    Mutant(
        "mean over pixels", 3, "q1-bernoulli", ".sum(dim=1)", ".mean(dim=1)", ("q1-bernoulli-test",),
        "the mean over pixels",
    ),
    Mutant(
        "a loss for a likelihood", 4, "q1-bernoulli", "return -F", "return F", ("q1-bernoulli-test",), "a loss",
    ),
    Mutant(
        "sigmoid with binary cross-entropy", 19, "q1-bernoulli", "cross_entropy_with_logits(logits,",
        "cross_entropy(torch.sigmoid(logits),", ("q1-bernoulli-test",), "cut off at -100",
    ),
    Mutant(
        "logarithm of a sigmoid", 19, "q1-bernoulli",
        '-F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(dim=1)',
        "torch.where(x > 0, torch.sigmoid(logits), 1 - torch.sigmoid(logits)).log().sum(dim=1)",
        ("q1-bernoulli-test",), "1 - sigmoid(200) is 0 in float32.",
    ),
    Mutant(
        "zeros left out", 2, "q1-bernoulli", 'reduction="none").sum', 'reduction="none").mul(x).sum',
        ("q1-bernoulli-test",), "zeros left out",
    ),
    Mutant(
        "D log 2 pi in every dimension", 10, "q1-gaussian", "0.5 * pixels * math.log(2 * math.pi * sigma**2)",
        "0.5 * pixels * (pixels * math.log(2 * math.pi) + math.log(sigma**2))", ("q1-gaussian-test",),
        "D log 2 pi added for each pixel",
    ),
    Mutant(
        "the whole constant D times", 10, "q1-gaussian", "0.5 * pixels *", "0.5 * pixels**2 *", ("q1-gaussian-test",),
        "the whole constant",
    ),
    Mutant(
        "sigma for sigma^2", 6, "q1-gaussian", "sigma**2", "sigma", ("q1-gaussian-test",), "sigma in place of sigma^2",
    ),
    Mutant(
        "mean over pixels in the Gaussian", 3, "q1-gaussian", "return -error / (2 * sigma**2) -",
        "return -error / pixels / (2 * sigma**2) -", ("q1-gaussian-test",), "of the squared error",
    ),
    Mutant(
        "the constant left out", 10, "q1-gaussian", "0.5 * pixels", "0.0 * pixels", ("q1-gaussian-test",),
        "the constant left out",
    ),
    # Question 2
    Mutant(
        "sigma is infinity", 15, "q2-sigma", "((x - mean) ** 2).mean().sqrt()", 'float("inf")', ("q2-sigma-test",),
        "infinity",
    ),
    Mutant("the variance", 6, "q2-sigma", ".mean().sqrt()", ".mean()", ("q2-sigma-test",), "the variance, sigma^2"),
    Mutant(
        "a sum over pixels", 3, "q2-sigma", ".mean()", ".sum(dim=1).mean()", ("q2-sigma-test",), "a sum over pixels",
    ),
    Mutant(
        "the mean over pixels of the value", 3, "q2-value", "-0.5 * x.shape[1]", "-0.5", ("q2-value-test",),
        "the mean over pixels",
    ),
    Mutant(
        "the squared error forgotten", 2, "q2-value", " + 1)", ")", ("q2-value-test",), "leaves 1/2 a pixel",
    ),
    # Question 3
    Mutant(
        "no noise", 5, "q3-sample", "return mu + torch.exp(0.5 * logvar) * noise",
        "return mu + 0 * torch.exp(0.5 * logvar) * noise", ("q3-draws-test", "q3-gradient-test"),
        "one noise for all samples",
    ),
    Mutant(
        "one epsilon for the batch", 5, "q3-sample", "torch.randn(num_samples, *mu.shape, dtype=mu.dtype)",
        "torch.randn(num_samples, 1, mu.shape[1])", ("q3-draws-test",), "the batch shares one epsilon",
    ),
    Mutant(
        "one epsilon for all latents", 5, "q3-sample", "torch.randn(num_samples, *mu.shape, dtype=mu.dtype)",
        "torch.randn(num_samples, len(mu), 1)", ("q3-draws-test",), "they share one epsilon",
    ),
    Mutant(
        "one epsilon for all samples", 5, "q3-sample", "torch.randn(num_samples, *mu.shape, dtype=mu.dtype)",
        "torch.randn(1, *mu.shape).expand(num_samples, -1, -1)", ("q3-draws-test", "q3-gradient-test"), "",
    ),
    Mutant(
        "uniform noise", 5, "q3-sample", "torch.randn(num_samples, *mu.shape, dtype=mu.dtype)",
        "(torch.rand(num_samples, *mu.shape) - 0.5) * 12**0.5", ("q3-draws-test",), "is the noise normal",
    ),
    Mutant(
        "exp(logvar) as the standard deviation", 6, "q3-sample", "0.5 * logvar", "logvar",
        ("q3-draws-test", "q3-gradient-test"), "exp(logvar) as the standard deviation",
    ),
    Mutant(
        "z detached", 7, "q3-sample", "return mu + torch.exp(0.5 * logvar) * noise",
        "return (mu + torch.exp(0.5 * logvar) * noise).detach()", ("q3-gradient-test",), "cut off from mu",
    ),
    Mutant(
        "sample() for rsample()", 7, "q3-sample", "return mu + torch.exp(0.5 * logvar) * noise",
        "return torch.distributions.Normal(mu, torch.exp(0.5 * logvar)).sample((num_samples,))",
        ("q3-gradient-test",), "cut off from mu",
    ),
    Mutant(
        "sigma detached", 7, "q3-sample", "torch.exp(0.5 * logvar)", "torch.exp(0.5 * logvar).detach()",
        ("q3-gradient-test",), "cut off from logvar",
    ),
    Mutant(
        "the seed set inside", 5, "q3-sample", "noise = torch.randn", "torch.manual_seed(0)\n    noise = torch.randn",
        ("q3-draws-test",), "the seed is set inside",
    ),
    # Question 4
    Mutant(
        "weights from the positive loss", 8, "q4-likelihood",
        "torch.logsumexp(log_weights, dim=0) - math.log(len(log_weights))",
        "math.log(len(log_weights)) - torch.logsumexp(-log_weights, dim=0)", ("q4-likelihood-test",),
        "the worst sample counts most",
    ),
    Mutant(
        "the mean of the log-weights", 8, "q4-likelihood",
        "torch.logsumexp(log_weights, dim=0) - math.log(len(log_weights))", "log_weights.mean(dim=0)",
        ("q4-likelihood-test",), "that is the ELBO",
    ),
    Mutant(
        "log K forgotten", 2, "q4-likelihood", " - math.log(len(log_weights))", "", ("q4-likelihood-test",),
        "divide by the number of samples",
    ),
    Mutant(
        "log q added", 4, "q4-likelihood", "- log_qz", "+ log_qz", ("q4-likelihood-test",), "it is subtracted",
    ),
    Mutant(
        "exp that underflows", 0, "q4-likelihood", "torch.logsumexp(log_weights, dim=0) - math.log(len(log_weights))",
        "log_weights.exp().mean(dim=0).log()", ("q4-likelihood-test",), "subtract the largest log-weight",
    ),
    Mutant(
        "batch means averaged", 17, "q4-combine",
        "torch.logsumexp(estimates + torch.log(counts)[:, None], dim=0) - torch.log(counts.sum())",
        "estimates.mean(dim=0)", ("q4-combine-test",), "the mean of the estimates",
    ),
    Mutant(
        "logarithms averaged with counts", 17, "q4-combine",
        "torch.logsumexp(estimates + torch.log(counts)[:, None], dim=0) - torch.log(counts.sum())",
        "(estimates * counts[:, None]).sum(dim=0) / counts.sum()", ("q4-combine-test",), "average weights",
    ),
    Mutant(
        "unequal chunks weighted alike", 17, "q4-combine",
        "torch.logsumexp(estimates + torch.log(counts)[:, None], dim=0) - torch.log(counts.sum())",
        "torch.logsumexp(estimates, dim=0) - math.log(len(counts))", ("q4-combine-test",), "equal weights",
    ),
    Mutant(
        "the number of samples ignored", 17, "q4-combine", " - torch.log(counts.sum())", "", ("q4-combine-test",),
        "no division by the number of samples",
    ),
    # Question 5
    Mutant(
        "the planted error left in", 3, "q5-repaired", "torch.sum(1 + logvar - mu**2 - logvar.exp()) / len(x)",
        "torch.mean(1 + logvar - mu**2 - logvar.exp())", ("q5-repaired-test",), "the error still in place",
    ),
    Mutant(
        "sums over the batch", 3, "q5-repaired", " / len(x)", "", ("q5-repaired-test",), "sums over the batch",
    ),
    Mutant(
        "KL with the wrong sign", 4, "q5-repaired", "reconstruction + kl", "reconstruction - kl",
        ("q5-repaired-test",), "the KL subtracted from the loss",
    ),
    Mutant(
        "log sigma for log sigma^2", 1, "q5-repaired", "kl =", "logvar = logvar / 2\n    kl =",
        ("q5-repaired-test",), "log sigma in place of log sigma^2",
    ),
    Mutant(
        "a mean over pixels", 3, "q5-repaired", ', reduction="sum") / len(x)', ")", ("q5-repaired-test",),
        "a mean over pixels",
    ),
    Mutant(
        "beta is always one over the latents", 3, "q5-measured", "zero = torch.zeros_like(mu)",
        "return 1 / mu.shape[1]\n    zero = torch.zeros_like(mu)", ("q5-measured-test",), "",
    ),
    Mutant(
        "the weight times c", 3, "q5-measured", " * reconstruction / without", "", ("q5-measured-test",),
        "the weight times c",
    ),
    # Question 6
    Mutant(
        "the means alone", 5, "q6-read", "logvar.exp().mean(dim=0) + mu.var", "mu.var",
        ("q6-read-test", "q6-generator-test"), "the variance of the means alone",
    ),
    Mutant(
        "the clouds alone", 0, "q6-read", " + mu.var(dim=0, correction=0)", "", ("q6-read-test", "q6-generator-test"),
        "the mean of the variances alone",
    ),
    Mutant(
        "log sigma for log sigma^2", 1, "q6-read", "kl =", "logvar = 2 * logvar\n    kl =",
        ("q6-read-test",), "log sigma in place of log sigma^2",
    ),
    Mutant(
        "every dimension counted", 0, "q6-read", "(kl > 0.05)", "(kl > 0)", ("q6-read-test", "q6-generator-test"),
        "every dimension counted",
    ),
    Mutant(
        "the collapsed model chosen", 0, "q6-generator", 'reading["active"] > 0', "True", ("q6-generator-test",),
        "the same digit for every z",
    ),
)  # fmt: skip

MUTANTS = {"02-elbo": ELBO, "04-digits": DIGITS}
