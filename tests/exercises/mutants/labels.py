"""Wrong answers to set 5."""

from __future__ import annotations

from tests.exercises.mutants.mutant import Mutant

SET = "05-labels"

MASKED = (
    "finite = torch.where(possible, log_q, 0.0)\n"
    "    return torch.where(possible, finite.exp() * (bounds - finite), 0.0)"
)

MUTANTS = (
    # Question 1
    Mutant(
        "log p(y) left out", 0, "q1-bound", " - math.log(classes)", "", ("q1-bound-test",), "log p(y) left out",
    ),
    Mutant(
        "log p(y) added", 0, "q1-bound", "- math.log(classes)", "+ math.log(classes)", ("q1-bound-test",),
        "it is -log C",
    ),
    Mutant("KL with the wrong sign", 4, "q1-bound", "- kl", "+ kl", ("q1-bound-test",), "the KL added"),
    Mutant(
        "log sigma for log sigma^2", 1, "q1-bound", "kl =", "logvar = 2 * logvar\n    kl =", ("q1-bound-test",),
        "log sigma in place of log sigma^2",
    ),
    Mutant("the half left out", 2, "q1-bound", "0.5 * (mu", "(mu", ("q1-bound-test",), "the 1/2 of the KL"),
    Mutant(
        "a mean over pixels", 3, "q1-bound", 'reduction="none").sum(dim=1)', 'reduction="none").mean(dim=1)',
        ("q1-bound-test",), "the mean over pixels",
    ),
    Mutant(
        "sigmoid, then binary cross-entropy", 19, "q1-bound", "F.binary_cross_entropy_with_logits(logits, x,",
        "F.binary_cross_entropy(torch.sigmoid(logits), x,", ("q1-bound-test",), "a sigmoid first",
    ),
    Mutant("a loss", 4, "q1-bound", "return reconstruction - math.log(classes) - kl",
           "return kl + math.log(classes) - reconstruction", ("q1-bound-test",), "the bound is its negative"),
    # Question 2
    Mutant(
        "0 times minus infinity", 0, "q2-bound", MASKED,
        "return (log_q.exp() * (bounds - log_q))", ("q2-bound-test", "q2-gradient-test"), "logarithm of 0",
    ),
    Mutant(
        "the mask after the product", 0, "q2-bound", MASKED,
        "return torch.where(possible, log_q.exp() * (bounds - log_q), 0.0)", ("q2-gradient-test",),
        "masked before the product",
    ),
    Mutant(
        "labels of probability 0 counted", 0, "q2-bound",
        "return torch.where(possible, finite.exp() * (bounds - finite), 0.0)",
        "return (finite.exp() * (bounds - finite))", ("q2-bound-test", "q2-gradient-test"),
        "labels of probability 0 counted in full",
    ),
    Mutant(
        "the entropy left out", 0, "q2-bound", "(bounds - finite)", "bounds", ("q2-bound-test", "q2-gradient-test"),
        "the entropy left out",
    ),
    Mutant(
        "the entropy with the wrong sign", 4, "q2-bound", "(bounds - finite)", "(bounds + finite)",
        ("q2-bound-test", "q2-gradient-test"), "the entropy with the wrong sign",
    ),
    Mutant(
        "the weights detached", 7, "q2-bound", "finite.exp() *", "finite.exp().detach() *", ("q2-gradient-test",),
        "nothing flows back through the weights",
    ),
    Mutant(
        "the classifier detached", 14, "q2-bound", "possible = log_q", "log_q = log_q.detach()\n    possible = log_q",
        ("q2-gradient-test",), "nothing flows back to the classifier",
    ),
    Mutant(
        "a sampled label", 14, "q2-bound", "possible = log_q > -math.inf\n",
        "y = Categorical(logits=log_q.T).sample()[None]\n    return (bounds - log_q).gather(0, y)[0]\n",
        ("q2-bound-test", "q2-gradient-test"), "",
    ),
    Mutant(
        "the mean over labels", 0, "q2-bound", "finite.exp() * (bounds - finite), 0.0).sum(dim=0)",
        "bounds - finite, 0.0).mean(dim=0)", ("q2-bound-test", "q2-gradient-test"), "the mean over labels",
    ),
    Mutant(
        "summed over images", 0, "q2-bound", ".sum(dim=0)", ".sum(dim=1)", ("q2-bound-test",),
        "summed over images",
    ),
    Mutant(
        "probabilities", 0, "q2-best", "return bounds - torch.logsumexp(bounds, dim=0)",
        "return torch.softmax(bounds, dim=0)", ("q2-best-test",), "take the logarithm",
    ),
    Mutant(
        "normalised over the images", 0, "q2-best", "torch.logsumexp(bounds, dim=0)",
        "torch.logsumexp(bounds, dim=1, keepdim=True)", ("q2-best-test",), "normalised over the images",
    ),
    Mutant(
        "exp that underflows", 0, "q2-best", "torch.logsumexp(bounds, dim=0)", "bounds.exp().sum(dim=0).log()",
        ("q2-best-test",), "which is 0",
    ),
    Mutant(
        "a softmax that underflows", 0, "q2-best", "return bounds - torch.logsumexp(bounds, dim=0)",
        "return torch.log(bounds.exp() / bounds.exp().sum(dim=0))", ("q2-best-test",), "logarithm of 0",
    ),
    # Question 3
    Mutant(
        "the sum of the gradients", 0, "q3-mean", " / draws", "", ("q3-mean-test",), "divide by draws",
    ),
    Mutant(
        "one call for all draws", 5, "q3-mean", "        value = objective(logits, bounds)\n",
        "        value = value if _ else objective(logits, bounds)\n        value.backward(retain_graph=True)\n"
        "        logits.grad = None\n", ("q3-mean-test",), "",
    ),
    Mutant(
        "the last gradient alone", 0, "q3-mean", "return total.detach() / draws", "return gradient",
        ("q3-mean-test",), "the last gradient alone",
    ),
    Mutant(
        "gradients of earlier calls kept", 0, "q3-mean",
        "(gradient,) = torch.autograd.grad(value, logits, allow_unused=True)",
        "value.backward()\n            gradient = logits.grad", ("q3-mean-test",), "left in .grad",
    ),
    Mutant(
        "the planted error left in", 14, "q3-repaired",
        "log_q = torch.log_softmax(logits, dim=0)\n    return (log_q.exp() * (bounds - log_q)).sum()",
        "return planted_bound(logits, bounds)", ("q3-repaired-test",), "",
    ),
    Mutant(
        "nothing through the weights", 7, "q3-repaired", "log_q.exp() *", "log_q.exp().detach() *",
        ("q3-repaired-test",), "zero on average",
    ),
    Mutant(
        "no gradient at all", 14, "q3-repaired", ").sum()", ").sum().detach()", ("q3-repaired-test",),
        "no gradient reaches the classifier",
    ),
    Mutant(
        "the bounds without a gradient to their weights", 14, "q3-repaired", "(log_q.exp() * (bounds - log_q))",
        "(log_q.exp().detach() * bounds - log_q.exp() * log_q)", ("q3-repaired-test",),
        "the gradient of the entropy alone",
    ),
    Mutant(
        "the entropy left out", 0, "q3-repaired", "(bounds - log_q)", "bounds", ("q3-repaired-test",),
        "the entropy left out",
    ),
    Mutant(
        "the score function in its place", 14, "q3-repaired",
        "return (log_q.exp() * (bounds - log_q)).sum()",
        "exact = (log_q.exp() * (bounds - log_q)).sum().detach()\n"
        "    y = torch.multinomial(log_q.exp(), 1)[0]\n"
        "    score = log_q[y] * (bounds[y] - log_q[y]).detach()\n    return exact + score - score.detach()",
        ("q3-repaired-test",), "",
    ),
    # Question 4
    Mutant(
        "0 log 0", 0, "q4-dependence", "some = joint > 0", "some = joint >= 0", ("q4-dependence-test",), "adds nothing",
    ),
    Mutant(
        "not divided by p(x)", 0, "q4-dependence", "joint = joint / joint.sum()\n    ", "", ("q4-dependence-test",),
        "not divided by p(x)",
    ),
    Mutant(
        "the other way round", 0, "q4-dependence", "(joint[some] * torch.log(joint[some] / product[some]))",
        "(product[some] * torch.log(product[some] / joint[some]))", ("q4-dependence-test",), "the other way round",
    ),
    Mutant(
        "the prior's independence", 0, "q4-dependence",
        "product = joint.sum(dim=1, keepdim=True) * joint.sum(dim=0)", "product = prior_y[:, None] * prior_z",
        ("q4-dependence-test",), "the product of the priors",
    ),
    Mutant(
        "style averaged over the posterior", 0, "q4-gap", "style = (q_y *", "style = (p_y *", ("q4-gap-test",),
        "averaged over p(y | x)",
    ),
    Mutant(
        "style summed", 0, "q4-gap", "style = (q_y *", "style = (1 *", ("q4-gap-test",), "summed over labels",
    ),
    Mutant(
        "the prior of the digit", 0, "q4-gap", "p_y = joint.sum(dim=1) / joint.sum()", "p_y = prior_y",
        ("q4-gap-test",), "the prior of the digit",
    ),
    Mutant(
        "the prior of the style", 0, "q4-gap", "p_z = joint / joint.sum(dim=1, keepdim=True)", "p_z = prior_z",
        ("q4-gap-test",), "the prior of the style",
    ),
    # Question 5
    Mutant(
        "height and width swapped", 18, "q5-sheet",
        "tiles = images.reshape(styles, digits, height, width)\n    return tiles.permute(0, 2, 1, 3)",
        "tiles = images.reshape(styles, digits, width, height)\n    return tiles.permute(0, 3, 1, 2)",
        ("q5-sheet-test",), "height and width swapped",
    ),
    Mutant(
        "no change of axes", 18, "q5-sheet", "tiles.permute(0, 2, 1, 3)", "tiles", ("q5-sheet-test",),
        "no change of axes",
    ),
    Mutant(
        "styles and digits swapped", 0, "q5-sheet",
        "tiles.permute(0, 2, 1, 3).reshape(styles * height, digits * width)",
        "tiles.permute(1, 2, 0, 3).reshape(digits * height, styles * width)", ("q5-sheet-test",),
        "styles and digits swapped",
    ),
    # Question 6
    Mutant(
        "unpaired", 0, "q6-difference", "each.std() / len(each) ** 0.5",
        "((ours.var() + theirs.var()) / len(each)) ** 0.5", ("q6-difference-test",), "as if the choices were different",
    ),
    Mutant(
        "the standard deviation", 0, "q6-difference", " / len(each) ** 0.5", "", ("q6-difference-test",),
        "the standard deviation",
    ),
    Mutant(
        "the sign", 4, "q6-difference", "ours - theirs", "theirs - ours", ("q6-difference-test",), "theirs - ours",
    ),
    Mutant(
        "n for n - 1", 0, "q6-difference", "each.std()", "each.std(correction=0)", ("q6-difference-test",),
        "n in place of n - 1",
    ),
    Mutant(
        "always the labels", 0, "q6-source", "by_labels > by_digits", "True", ("q6-source-test",),
        "'test digits' is right",
    ),
    Mutant(
        "the wrong way round", 0, "q6-source", "by_labels > by_digits", "by_labels < by_digits", ("q6-source-test",),
        "is right",
    ),
)  # fmt: skip
