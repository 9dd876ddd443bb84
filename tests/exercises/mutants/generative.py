"""Wrong answers to the exercises of chapter 1."""

from tests.exercises.mutants.mutant import Mutant

SET = "01-generative"
MUTANTS = (
    # Question 1
    Mutant(
        "variances as standard deviations", 6, "q1-marginal", "np.diag(noise)", "np.diag(noise**2)",
        ("q1-marginal-test",), "noise holds variances",
    ),
    Mutant(
        "standard deviations for variances", 6, "q1-marginal", "np.diag(noise)", "np.diag(np.sqrt(noise))",
        ("q1-marginal-test",), "in place of its variance",
    ),
    Mutant(
        "the noise forgotten", 0, "q1-marginal", " + np.diag(noise)", "",
        ("q1-marginal-test",), "the noise forgotten",
    ),
    Mutant(
        "one noise for all", 0, "q1-marginal", "np.diag(noise)", "noise.mean() * np.eye(len(b))", ("q1-marginal-test",),
        "one noise for all pixels",
    ),
    Mutant(
        "a mean of zero", 0, "q1-marginal", "return b,", "return np.zeros_like(b),",
        ("q1-marginal-test",), "a mean of zero",
    ),
    Mutant(
        "x not centred", 0, "q1-posterior", "(x - b)", "x", ("q1-posterior-test",), "x not centred",
    ),
    Mutant(
        "the prior forgotten", 0, "q1-posterior", "np.linalg.inv(np.eye(W.shape[1]) + weighted @ W)",
        "np.linalg.pinv(weighted @ W)", ("q1-posterior-test",), "the prior forgotten",
    ),
    Mutant(
        "the precision for the covariance", 0, "q1-posterior", "(x - b), covariance",
        "(x - b), np.linalg.inv(covariance)",
        ("q1-posterior-test",), "the precision in place",
    ),
    Mutant(
        "pixels not weighed by their noise", 0, "q1-posterior", "covariance @ weighted @", "covariance @ W.T @",
        ("q1-posterior-test",), "not weighed by their noise",
    ),
    Mutant(
        "standard deviations in the posterior", 6, "q1-posterior", "W.T / noise", "W.T / np.sqrt(noise)",
        ("q1-posterior-test",), "in place of its variance",
    ),
    # Question 2
    Mutant("the mean of all eigenvalues", 0, "q2-noise", "[d:]", "", ("q2-noise-test",), "the mean of all eigenvalues"),
    Mutant(
        "sigma for sigma^2", 6, "q2-noise", "eigenvalues[d:].mean()", "np.sqrt(eigenvalues[d:].mean())",
        ("q2-noise-test",),
        "the standard deviation",
    ),
    Mutant("a sum over directions", 3, "q2-noise", ".mean()", ".sum()", ("q2-noise-test",), "the sum of the discarded"),
    Mutant(
        "the trace forgotten", 2, "q2-value", " + log_det + D)", " + log_det)",
        ("q2-value-test",), "the trace term forgotten",
    ),
    Mutant(
        "D log 2 pi in every dimension", 10, "q2-value", "(D * math.log(2 * math.pi)", "(D**2 * math.log(2 * math.pi)",
        ("q2-value-test",), "",
    ),
    Mutant(
        "2 pi left out", 10, "q2-value", "D * math.log(2 * math.pi) + ", "", ("q2-value-test",), "log 2 pi left out",
    ),
    Mutant("the half left out", 2, "q2-value", "-0.5 * ", "-", ("q2-value-test",), "the factor 1/2"),
    Mutant("the wrong sign", 4, "q2-value", "-0.5", "0.5", ("q2-value-test",), "the negative log-likelihood"),
    Mutant(
        "a mean over dimensions", 3, "q2-value", "+ D)", "+ D) / D", ("q2-value-test",), "the mean over dimensions",
    ),
    Mutant(
        "log sigma for log sigma^2", 1, "q2-value", "(D - d) * np.log(eigenvalues[d:].mean())",
        "(D - d) * np.log(np.sqrt(eigenvalues[d:].mean()))", ("q2-value-test",), "log sigma in place of log sigma^2",
    ),
    Mutant(
        "the full covariance", 0, "q2-value", "(D - d) * np.log(eigenvalues[d:].mean())",
        "np.log(eigenvalues[d:]).sum()",
        ("q2-value-test",), "the full covariance",
    ),
    # Question 3
    Mutant(
        "no infinity", 0, "q3-moment", "if np.any(excess <= 0):\n        return math.inf\n    ", "",
        ("q3-moment-test",), "nan",
    ),
    Mutant(
        "dimensions too narrow left out", 0, "q3-moment", "if np.any(excess <= 0):\n        return math.inf",
        "m, s, mu, tau, excess = (value[excess > 0] for value in (m, s, mu, tau, excess))", ("q3-moment-test",),
        "finite, although",
    ),
    Mutant(
        "a mean over dimensions of the second moment", 3, "q3-moment", "each.sum()", "each.mean()",
        ("q3-moment-test",), "the mean over",
    ),
    Mutant(
        "log tau for log tau^2", 1, "q3-moment", "np.log(tau**2)", "np.log(tau)",
        ("q3-moment-test",), "log tau in place",
    ),
    Mutant(
        "the half of the second moment left out", 2, "q3-moment", "0.5 * np.log", "np.log",
        ("q3-moment-test",), "the factor 1/2",
    ),
    Mutant(
        "variances taken", 6, "q3-moment", "excess = ", "s, tau = np.sqrt(s), np.sqrt(tau)\n    excess = ",
        ("q3-moment-test",),
        "variances taken for s and tau",
    ),
    Mutant(
        "no logarithm", 0, "q3-moment", "each.sum()", "np.exp(each.sum())",
        ("q3-moment-test",), "the second moment itself",
    ),
    Mutant(
        "one not subtracted", 0, "q3-draws", "(kappa - 1)", "kappa",
        ("q3-draws-test",), "subtract the square of the mean",
    ),
    Mutant("the error not squared", 2, "q3-draws", "error**2", "error", ("q3-draws-test",), "the error not squared"),
    Mutant("rounded down", 0, "q3-draws", "math.ceil", "math.floor", ("q3-draws-test",), "rounded down"),
    Mutant("no draw", 0, "q3-draws", "max(1, math.ceil((kappa - 1) / error**2))", "math.ceil((kappa - 1) / error**2)",
           ("q3-draws-test",), "no draw at all"),
    # Question 4
    Mutant(
        "batch means averaged", 17, "q4-report", "each = np.concatenate(batches)",
        "each = np.array([np.mean(batch) for batch in batches])", ("q4-report-test",), "the error still in place",
    ),
    Mutant(
        "the mean mended, the error of batches", 17, "q4-report", "each.std(ddof=1) / math.sqrt(len(each))",
        "np.std([np.mean(batch) for batch in batches], ddof=1) / math.sqrt(len(batches))", ("q4-report-test",),
        "the standard error of batch means",
    ),
    Mutant(
        "the number of examples ignored", 17, "q4-report", " / math.sqrt(len(each))", "", ("q4-report-test",),
        "the standard deviation of one example",
    ),
    Mutant("n for n - 1", 0, "q4-report", "ddof=1", "ddof=0", ("q4-report-test",), "n in place of n - 1"),
    Mutant(
        "the reference taken for exact", 16, "q4-disagreement", "if np.ndim(reference) > 0:", "if False:",
        ("q4-disagreement-test",), "a Monte Carlo figure",
    ),
    Mutant(
        "standard errors added", 0, "q4-disagreement",
        "variance = variance + np.var(reference, ddof=1) / len(reference)",
        "variance = (math.sqrt(variance) + math.sqrt(np.var(reference, ddof=1) / len(reference))) ** 2",
        ("q4-disagreement-test",), "variances add",
    ),
    # Question 5
    Mutant(
        "exp that underflows", 0, "q5-effective", "log_weights - log_weights.max()", "log_weights",
        ("q5-effective-test",),
        "Subtract the largest",
    ),
    Mutant(
        "upside down", 2, "q5-effective", "w.sum() ** 2 / (w**2).sum()", "(w**2).sum() / w.sum() ** 2",
        ("q5-effective-test",), "one divided by",
    ),
    Mutant(
        "the mean of the parts", 17, "q5-steadiness", "each.sum()", "each.mean()", ("q5-steadiness-test",),
        "the mean of the parts",
    ),
    Mutant(
        "every third draw", 0, "q5-steadiness", "log_weights.reshape(parts, -1)", "log_weights.reshape(-1, parts).T",
        ("q5-steadiness-test",), "in their order",
    ),
    Mutant(
        "parts and their length exchanged", 0, "q5-steadiness", "reshape(parts, -1)", "reshape(-1, parts)",
        ("q5-steadiness-test",), "exchanged",
    ),
)  # fmt: skip
