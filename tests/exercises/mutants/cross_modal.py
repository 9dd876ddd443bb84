"""Wrong answers to the exercises of chapter 8."""

from tests.exercises.mutants.mutant import Mutant

SET = "08-cross-modal"
MUTANTS = (
    # Question 1
    Mutant(
        "the spread of the codes forgotten", 0, "q1-bound", " + w**2 * s2)", ")", ("q1-bound-test",),
        "the spread of the codes forgotten",
    ),
    Mutant("the KL added", 4, "q1-bound", "likelihood - kl", "likelihood + kl", ("q1-bound-test",), "the KL added"),
    Mutant(
        "a loss for a bound", 4, "q1-bound", "return likelihood - kl", "return kl - likelihood", ("q1-bound-test",),
        "a loss: the bound is its negative",
    ),
    Mutant(
        "the constant left out", 10, "q1-bound", " - 0.5 * math.log(2 * math.pi * noise)", "", ("q1-bound-test",),
        "the constant of the likelihood left out",
    ),
    Mutant(
        "noise squared", 6, "q1-bound", "    likelihood =", "    noise = noise**2\n    likelihood =",
        ("q1-bound-test",), "noise is the variance, not the standard deviation",
    ),
    Mutant(
        "s2 taken for a log-variance", 1, "q1-bound", "m**2 + s2 - 1 - torch.log(s2)", "m**2 + torch.exp(s2) - 1 - s2",
        ("q1-bound-test",), "pair_bound",
    ),
    Mutant(
        "the gap to the prior", 0, "q1-gap", "tau2 = noise / (w**2 + noise)\n    mean = w * x_t / (w**2 + noise)",
        "tau2, mean = torch.tensor(1.0), 0.0", ("q1-gap-test",), "the KL to the prior",
    ),
    Mutant(
        "arguments of the KL swapped", 0, "q1-gap", "torch.log(tau2 / s2) + (s2 + (m - mean) ** 2) / tau2",
        "torch.log(s2 / tau2) + (tau2 + (m - mean) ** 2) / s2", ("q1-gap-test",), "the arguments swapped",
    ),
    Mutant(
        "the posterior's mean not shrunk", 0, "q1-gap", "mean = w * x_t / (w**2 + noise)", "mean = x_t / w",
        ("q1-gap-test",), "not shrunk",
    ),
    # Question 2
    Mutant(
        "the posterior of the source", 0, "q2-encoder", "return (1 - tau2) * c, tau2",
        "return c, r**2 / (a**2 + r**2)", ("q2-encoder-test",), "p(z | x_i)",
    ),
    Mutant(
        "the source's width", 0, "q2-encoder", "* c, tau2", "* c, r**2 / (a**2 + r**2)", ("q2-encoder-test",),
        "the best width is the target's",
    ),
    Mutant(
        "the mean not shrunk", 0, "q2-encoder", "(1 - tau2) * c", "c", ("q2-encoder-test",),
        "the target's posterior means are shrunk",
    ),
    Mutant(
        "a standard deviation for a variance", 6, "q2-encoder", "* c, tau2", "* c, tau2**0.5", ("q2-encoder-test",),
        "the variance is asked for",
    ),
    Mutant(
        "the target's noise forgotten", 0, "q2-floor", " + (1 - tau2) * tau2", "", ("q2-floor-test",),
        "the noise of the target forgotten",
    ),
    Mutant(
        "what the source leaves open forgotten", 0, "q2-floor", "(1 - tau2) ** 2 * v + ", "", ("q2-floor-test",),
        "what x_i leaves open",
    ),
    Mutant("the half missing", 2, "q2-floor", "(2 * tau2)", "tau2", ("q2-floor-test",), "the half is missing"),
    Mutant("no floor", 0, "q2-floor", "u / (2 * tau2)", "0.0 * u", ("q2-floor-test",), "no floor"),
    # Question 3
    Mutant(
        "a product with the mask", 0, "q3-bounds", "torch.where(both, log_px[source, target] - kl[source], 0.0)",
        "both * (log_px[source, target] - kl[source])", ("q3-bounds-test",), "NaN times 0 is NaN",
    ),
    Mutant(
        "the target's KL", 0, "q3-bounds", "- kl[source]", "- kl[target]", ("q3-bounds-test",),
        "the KL of the target's encoder",
    ),
    Mutant(
        "source and target swapped", 18, "q3-bounds", "log_px[source, target]", "log_px[target, source]",
        ("q3-bounds-test",), "source and target swapped",
    ),
    Mutant(
        "one KL for a source", 0, "q3-bounds",
        "    total = torch.zeros(has.shape[1], dtype=kl.dtype)\n    for source, target in pairs:\n",
        "    total, done = torch.zeros(has.shape[1], dtype=kl.dtype), set()\n    for source, target in pairs:\n"
        "        kl = kl if source not in done else kl * 0\n        done.add(source)\n",
        ("q3-bounds-test",), "",
    ),
    Mutant(
        "the mean over pairs", 3, "q3-bounds", "return total", "return total / len(pairs)", ("q3-bounds-test",), "",
    ),
    Mutant(
        "the share divided among pairs", 0, "q3-weights", "+= share", "+= share / len(targets)", ("q3-weights-test",),
        "the share divided among the pairs",
    ),
    Mutant(
        "overwritten", 0, "q3-weights", "+= share", "= share", ("q3-weights-test",), "overwrites",
    ),
    Mutant(
        "rows and columns swapped", 18, "q3-weights", "weights[source, target]", "weights[target, source]",
        ("q3-weights-test",), "rows and columns swapped",
    ),
    # Question 4
    Mutant(
        "the planted errors kept", 0, "q4-epe", "    palm = (joints",
        "    return planted_epe(predicted, joints, visible, scale)\n    palm = (joints",
        ("q4-epe-test",), "the planted errors still in place",
    ),
    Mutant("metres", 0, "q4-epe", "true = 1000 *", "true =", ("q4-epe-test",), "metres for the truth"),
    Mutant(
        "the root at the wrist", 0, "q4-epe", "torch.cat([palm, joints[:, 1:]], dim=1) - palm",
        "joints - joints[:, :1]", ("q4-epe-test",), "the root at the wrist",
    ),
    Mutant(
        "the wrist in the palm's place", 0, "q4-epe", "torch.cat([palm, joints[:, 1:]], dim=1) - palm", "joints - palm",
        ("q4-epe-test",), "the wrist as joint 0",
    ),
    Mutant(
        "the prediction's own root", 0, "q4-epe", "predicted * scale", "(predicted - predicted[:, :1]) * scale",
        ("q4-epe-test",), "the prediction's own palm subtracted",
    ),
    Mutant(
        "all joints", 0, "q4-epe", "seen[:, 0] = visible[:, 0] | visible[:, 9]", "seen[:] = True", ("q4-epe-test",),
        "all joints, visible or not",
    ),
    Mutant(
        "one pooled mean", 17, "q4-epe", "((distances * seen).sum(0) / seen.sum(0)).mean()", "distances[seen].mean()",
        ("q4-epe-test",), "one mean over all visible joints",
    ),
    Mutant(
        "the wrist's visibility", 0, "q4-epe", "visible[:, 0] | visible[:, 9]", "visible[:, 0]", ("q4-epe-test",),
        "the wrist's visibility for the palm",
    ),
    Mutant("less than", 0, "q4-auc", "<=", "<", ("q4-auc-test",), "less than, where at most is meant"),
    Mutant(
        "the mean of the curve", 0, "q4-auc", "torch.trapezoid(curve, thresholds) / (thresholds[-1] - thresholds[0])",
        "curve.mean()", ("q4-auc-test",), "the mean of the curve",
    ),
    Mutant(
        "the width forgotten", 0, "q4-auc", " / (thresholds[-1] - thresholds[0])", "", ("q4-auc-test",),
        "not divided by the width",
    ),
    # Question 5
    Mutant(
        "its own neighbour", 0, "q5-mixing", '.fill_diagonal_(float("inf"))', "", ("q5-mixing-test",),
        "counted as its own neighbour",
    ),
    Mutant(
        "not over chance", 0, "q5-mixing", "share * (2 * n - 1) / n", "share", ("q5-mixing-test",),
        "not divided by chance",
    ),
    Mutant(
        "the same modality", 0, "q5-mixing", "!= kind[:, None]", "== kind[:, None]", ("q5-mixing-test",),
        "the share of the same modality",
    ),
    Mutant(
        "the nearest codes", 0, "q5-shared", "(distances < distances.diagonal()[:, None]).double().mean()",
        "distances.diagonal().mean()", ("q5-shared-test",), "near to all others too",
    ),
)
