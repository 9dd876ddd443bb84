"""Set 8 in NumPy, by moments and by matrices."""

import numpy as np


def pair_bound(x_t, m, s2, w, noise):
    x, m, s2 = (np.asarray(value) for value in (x_t, m, s2))
    entropy = 0.5 * np.log(2 * np.pi * np.e * s2)
    prior = -0.5 * (np.log(2 * np.pi) + m**2 + s2)
    likelihood = -0.5 * np.log(2 * np.pi * noise) - (x**2 - 2 * w * x * m + w**2 * (m**2 + s2)) / (2 * noise)
    return likelihood + prior + entropy


def pair_gap(x_t, m, s2, w, noise):
    x, m, s2 = (np.asarray(value) for value in (x_t, m, s2))
    precision = (w**2 + noise) / noise
    offset = m - w * x / (w**2 + noise)
    return 0.5 * (precision * (s2 + offset**2) - 1 - np.log(precision * s2))


def _covariance(a, r, w, s):
    """Of (z, x_i, x_t)."""
    loadings = np.array([[1.0], [a], [w]])
    return loadings @ loadings.T + np.diag([0.0, r**2, s**2])


def best_encoder(x_i, a, r, w, s):
    cov = _covariance(a, r, w, s)
    gain = cov[0, 2] / cov[2, 2]
    expected = cov[2, 1] / cov[1, 1] * np.asarray(x_i)
    return gain * expected, cov[0, 0] - gain * cov[0, 2]


def floor(a, r, w, s):
    cov = _covariance(a, r, w, s)
    gain = cov[0, 2] / cov[2, 2]
    left = cov[2, 2] - cov[2, 1] ** 2 / cov[1, 1]
    return gain**2 * left / (2 * (1 - gain * cov[0, 2]))


def visited_bounds(log_px, kl, has, pairs):
    values = np.nan_to_num(np.asarray(log_px) - np.asarray(kl)[:, None])
    has = np.asarray(has)
    return np.sum([values[i, t] * (has[i] & has[t]) for i, t in pairs], axis=0)


def pair_weights(schedule, n):
    weights = np.zeros((n, n))
    for share, source, targets in schedule:
        np.add.at(weights, (source, np.array(targets, dtype=int)), share)
    return weights


def epe(predicted, joints, visible, scale):
    joints, seen = np.asarray(joints) * 1000, np.asarray(visible).copy()
    joints[:, 0] = (joints[:, 0] + joints[:, 9]) / 2
    seen[:, 0] |= seen[:, 9]
    away = np.asarray(predicted) * np.asarray(scale)[:, None, None] - joints + joints[:, [0]]
    return np.ma.array(np.sqrt((away**2).sum(-1)), mask=~seen).mean(0).mean()


def pck_auc(distances, visible, thresholds):
    hidden = np.ma.array(np.asarray(distances), mask=~np.asarray(visible))
    limits = np.asarray(thresholds)
    curve = np.array([(hidden <= limit).mean(0).mean() for limit in limits])
    return (np.diff(limits) * (curve[1:] + curve[:-1])).sum() / 2 / np.ptp(limits)


def mixing(one, other, k):
    n = len(one)
    codes = np.concatenate([np.asarray(one), np.asarray(other)])
    square = ((codes[:, None] - codes[None]) ** 2).sum(-1)
    np.fill_diagonal(square, np.inf)
    nearest = np.argsort(square, axis=1)[:, :k]
    return np.mean((nearest // n) != (np.arange(2 * n) // n)[:, None]) * (2 * n - 1) / n


def shared(models):
    def agreement(model):
        """How much nearer partners are than strangers, in units of all distances."""
        one, other = (np.asarray(codes) for codes in model)
        distances = np.linalg.norm(one[:, None] - other[None], axis=-1)
        return np.diag(distances).mean() / distances.mean()

    return int(np.argmin([agreement(model) for model in models]))
