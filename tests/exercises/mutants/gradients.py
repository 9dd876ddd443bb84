"""Wrong answers to the exercises of chapter 3."""

from tests.exercises.mutants.mutant import Mutant

SET = "03-gradients"
MUTANTS = (
    # Question 1
    Mutant(
        "exp(logvar) as the standard deviation", 6, "q1-pathwise", "torch.exp(0.5 * logvar)", "torch.exp(logvar)",
        ("q1-pathwise-test",), "exp(logvar) as the standard deviation",
    ),
    Mutant(
        "the derivative by log sigma", 2, "q1-pathwise", "eps / 2", "eps", ("q1-pathwise-test",),
        "the derivative by log sigma",
    ),
    Mutant(
        "the derivative by sigma", 1, "q1-pathwise", "slope * sigma * eps / 2", "slope * eps", ("q1-pathwise-test",),
        "the derivative by sigma",
    ),
    Mutant(
        "no noise", 5, "q1-pathwise", "z = mu + sigma * eps", "z = mu + 0 * eps", ("q1-pathwise-test",),
        "no noise in z",
    ),
    Mutant(
        "a sum over the draws", 3, "q1-pathwise", ".mean()", ".sum()", ("q1-pathwise-test",), "a sum over the draws",
    ),
    Mutant(
        "the draw detached", 7, "q1-pathwise", "return slope.mean(), (slope * sigma * eps / 2).mean()",
        "return 0 * slope.mean(), 0 * slope.mean()", ("q1-pathwise-test",), "does not move with the parameters",
    ),
    Mutant(
        "the other estimator", 0, "q1-pathwise", "return slope.mean(), (slope * sigma * eps / 2).mean()",
        "return (z**3 * eps / sigma).mean(), (z**3 * (eps**2 - 1) / 2).mean()", ("q1-pathwise-test",),
        "the score-function estimate",
    ),
    Mutant(
        "exp(logvar) as the standard deviation", 6, "q1-score", "torch.exp(0.5 * logvar)", "torch.exp(logvar)",
        ("q1-score-test",), "exp(logvar) as the standard deviation",
    ),
    Mutant(
        "eps as the score", 0, "q1-score", "eps / sigma", "eps", ("q1-score-test",), "eps as the score of mu",
    ),
    Mutant(
        "eps over the variance", 6, "q1-score", "eps / sigma", "eps / sigma**2", ("q1-score-test",),
        "z - mu is sigma eps",
    ),
    Mutant(
        "the one left out", 2, "q1-score", "(eps**2 - 1)", "eps**2", ("q1-score-test",), "without its -1",
    ),
    Mutant(
        "the score of log sigma", 2, "q1-score", "(eps**2 - 1) / 2", "(eps**2 - 1)", ("q1-score-test",),
        "the score of log sigma",
    ),
    Mutant(
        "the score of sigma", 1, "q1-score", "(eps**2 - 1) / 2", "(eps**2 - 1) / sigma", ("q1-score-test",),
        "the score of sigma",
    ),
    Mutant(
        "the slope for the value", 0, "q1-score", "(mu + sigma * eps) ** 3", "3 * (mu + sigma * eps) ** 2",
        ("q1-score-test",), "the slope of h times the score",
    ),
    # Question 2
    Mutant(
        "the mean for the best constant", 0, "q2-best", "(h * score**2).mean() / (score**2).mean()", "h.mean()",
        ("q2-best-test",), "near the best constant",
    ),
    Mutant(
        "the score not squared", 0, "q2-best", "score**2", "score", ("q2-best-test",), "the score not squared",
    ),
    Mutant(
        "not divided", 0, "q2-best", " / (score**2).mean()", "", ("q2-best-test",), "not divided",
    ),
    Mutant(
        "the squared mean", 0, "q2-best", "/ (score**2).mean()", "/ score.mean() ** 2", ("q2-best-test",),
        "the square of the mean score",
    ),
    Mutant(
        "its own value included", 0, "q2-loo", "(h.sum() - h) / (len(h) - 1)", "h.mean()", ("q2-loo-test",),
        "the draw's own value",
    ),
    Mutant(
        "no baseline", 0, "q2-loo", "(h - others)", "h", ("q2-loo-test",), "no baseline",
    ),
    Mutant(
        "K others", 0, "q2-loo", "(len(h) - 1)", "len(h)", ("q2-loo-test",), "there are K - 1",
    ),
    Mutant(
        "the sign", 4, "q2-loo", "(h - others)", "(others - h)", ("q2-loo-test",), "taken off h",
    ),
    # Question 3
    Mutant(
        "the gradient by mu", 0, "q3-pathwise", "a[1] ** 2 + 8 * a[2] ** 2", "4 * a[2] ** 2", ("q3-pathwise-test",),
        "the gradient by mu",
    ),
    Mutant(
        "the mean square", 0, "q3-pathwise", "8 * a", "12 * a", ("q3-pathwise-test",), "subtract the squared mean",
    ),
    Mutant(
        "sigma for sigma^2", 6, "q3-pathwise", "sigma**2", "sigma", ("q3-pathwise-test",), "not by its square",
    ),
    Mutant(
        "the gradient by mu", 0, "q3-score",
        "2 * constant**2 + 10 * a[1] ** 2 + 20 * constant * a[2] + 74 * a[2] ** 2",
        "constant**2 + 2 * a[1] ** 2 + 6 * constant * a[2] + 15 * a[2] ** 2", ("q3-score-test",), "the gradient by mu",
    ),
    Mutant(
        "the baseline left out", 0, "q3-score", "a[0] - baseline", "a[0]", ("q3-score-test",), "the baseline left out",
    ),
    Mutant(
        "the baseline added", 4, "q3-score", "a[0] - baseline", "a[0] + baseline", ("q3-score-test",),
        "the baseline added",
    ),
    Mutant(
        "the mean square", 0, "q3-score", "74", "78", ("q3-score-test",), "subtract the squared mean",
    ),
    # Question 4
    Mutant(
        "weights from the positive loss", 8, "q4-gradient", "torch.softmax(log_w,", "torch.softmax(-log_w,",
        ("q4-gradient-test",), "the worst draw gets the most",
    ),
    Mutant(
        "equal weights", 8, "q4-gradient", "torch.softmax(log_w, dim=0)", "torch.full_like(log_w, 1 / len(log_w))",
        ("q4-gradient-test",), "that is the gradient of the ELBO",
    ),
    Mutant(
        "weights not normalised", 8, "q4-gradient", "torch.softmax(log_w, dim=0)", "log_w.exp()",
        ("q4-gradient-test",), "weights not normalised",
    ),
    Mutant(
        "exp that underflows", 0, "q4-gradient", "torch.softmax(log_w, dim=0)", "log_w.exp() / log_w.exp().sum(dim=0)",
        ("q4-gradient-test",), "subtract the largest log-weight",
    ),
    Mutant(
        "divided by K", 0, "q4-gradient", ".sum(dim=0)", ".mean(dim=0)", ("q4-gradient-test",), "once more",
    ),
    Mutant(
        "shares over the batch", 8, "q4-gradient", "dim=0)\n    return", "dim=1)\n    return", ("q4-gradient-test",),
        "",
    ),
    Mutant(
        "shares not detached", 8, "q4-surrogate", ".detach()", "", ("q4-surrogate-test",), "detach them",
    ),
    Mutant(
        "the published bug", 8, "q4-surrogate", "torch.softmax(log_w, dim=0).detach()", "torch.softmax(-log_w, dim=0)",
        ("q4-surrogate-test",), "from the positive loss, and not detached",
    ),
    Mutant(
        "the worst draw", 8, "q4-surrogate", "torch.softmax(log_w,", "torch.softmax(-log_w,", ("q4-surrogate-test",),
        "the worst draw gets the most",
    ),
    Mutant(
        "the ELBO's gradient", 8, "q4-surrogate", "(share * log_w).sum(dim=0)", "log_w.mean(dim=0)",
        ("q4-surrogate-test",), "that is the gradient of the ELBO",
    ),
    # Question 5
    Mutant(
        "the planted error left in", 7, "q5-repaired", "mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)",
        "torch.normal(mu, torch.exp(0.5 * logvar))", ("q5-repaired-test",), "the error is still in place",
    ),
    Mutant(
        "sample() for rsample()", 7, "q5-repaired", "mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)",
        "torch.distributions.Normal(mu, torch.exp(0.5 * logvar)).sample()", ("q5-repaired-test",),
        "the error is still in place",
    ),
    Mutant(
        "no noise", 5, "q5-repaired", " * torch.randn_like(mu)", " * 0", ("q5-repaired-test",), "or there is none",
    ),
    Mutant(
        "one epsilon for the batch", 5, "q5-repaired", "torch.randn_like(mu)", "torch.randn_like(mu[:1])",
        ("q5-repaired-test",), "the noise is shared",
    ),
    Mutant(
        "exp(logvar) as the standard deviation", 6, "q5-repaired", "torch.exp(0.5 * logvar)", "torch.exp(logvar)",
        ("q5-repaired-test",), "exp(logvar) as the standard deviation",
    ),
    Mutant(
        "the KL added", 4, "q5-repaired", "reconstruction - kl", "reconstruction + kl", ("q5-repaired-test",),
        "the KL added",
    ),
    Mutant(
        "requires_grad believed", 7, "q5-arrives", "bool(d_mu.any())", "z.requires_grad", ("q5-arrives-test",),
        "look at the values",
    ),
    Mutant(
        "only mu looked at", 7, "q5-arrives", "d_logvar is not None and bool(d_logvar.any())",
        "d_mu is not None and bool(d_mu.any())", ("q5-arrives-test",), "for a draw by no noise",
    ),
    # Question 6
    Mutant(
        "the variance of one run", 17, "q6-compare", "(first.var() / len(first) + second.var() / len(second))",
        "(first.var() + second.var())", ("q6-apart-test",), "of one run",
    ),
    Mutant(
        "the first's noise alone", 0, "q6-compare", " + second.var() / len(second)", "", ("q6-apart-test",),
        "the first's noise alone",
    ),
    Mutant(
        "standard deviations", 0, "q6-compare", "first.var() / second.var()", "first.std() / second.std()",
        ("q6-times-test",), "the ratio of the standard deviations",
    ),
    Mutant(
        "upside down", 0, "q6-compare", "first.var() / second.var()", "second.var() / first.var()", ("q6-times-test",),
        "upside down",
    ),
)  # fmt: skip
