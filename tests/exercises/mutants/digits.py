"""Wrong answers to the exercises of chapter 4."""

from tests.exercises.mutants.mutant import Mutant

SET = "04-digits"
MUTANTS = (
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
