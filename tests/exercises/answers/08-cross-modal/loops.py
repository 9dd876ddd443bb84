"""Set 8 with loops over examples, pairs, hands and joints."""

import math


def pair_bound(x_t, m, s2, w, noise):
    values = []
    for x, mean, variance in zip(x_t.tolist(), m.tolist(), s2.tolist(), strict=True):
        second = (x - w * mean) ** 2 + w * w * variance
        likelihood = -0.5 * (math.log(2 * math.pi * noise) + second / noise)
        values.append(likelihood - 0.5 * (mean * mean + variance - 1 - math.log(variance)))
    return values


def pair_gap(x_t, m, s2, w, noise):
    # log p(x_t) less the bound
    evidence = -0.5 * (x_t**2 / (w**2 + noise) + math.log(2 * math.pi * (w**2 + noise)))
    bounds = pair_bound(x_t, m, s2, w, noise)
    return [e - b for e, b in zip(evidence.tolist(), bounds, strict=True)]


def best_encoder(x_i, a, r, w, s):
    means = []
    for x in x_i.tolist():
        expected = w * a * x / (a**2 + r**2)
        means.append(w * expected / (w**2 + s**2))
    return means, s**2 / (w**2 + s**2)


def floor(a, r, w, s):
    tau2 = s**2 / (w**2 + s**2)
    keep = 1 - tau2
    return (keep**2 * (r**2 / (a**2 + r**2)) + keep * tau2) / tau2 / 2


def visited_bounds(log_px, kl, has, pairs):
    totals = []
    for b in range(has.shape[1]):
        total = 0.0
        for i, t in pairs:
            if bool(has[i, b]) and bool(has[t, b]):
                total += float(log_px[i, t, b]) - float(kl[i, b])
        totals.append(total)
    return totals


def pair_weights(schedule, n):
    table = [[0.0] * n for _ in range(n)]
    for share, i, targets in schedule:
        for t in targets:
            table[i][t] += share
    return table


def epe(predicted, joints, visible, scale):
    means = []
    for j in range(21):
        found = []
        for k in range(len(joints)):
            palm = [(a + b) / 2 for a, b in zip(joints[k, 0].tolist(), joints[k, 9].tolist(), strict=True)]
            true = palm if j == 0 else joints[k, j].tolist()
            seen = bool(visible[k, j]) or (j == 0 and bool(visible[k, 9]))
            if seen:
                here = [float(scale[k]) * float(v) for v in predicted[k, j]]
                there = [1000 * (t - p) for t, p in zip(true, palm, strict=True)]
                found.append(math.dist(here, there))
        means.append(sum(found) / len(found))
    return sum(means) / 21


def pck_auc(distances, visible, thresholds):
    curve = []
    for limit in thresholds.tolist():
        shares = []
        for j in range(distances.shape[1]):
            mine = [float(d) for d, v in zip(distances[:, j], visible[:, j], strict=True) if v]
            shares.append(sum(d <= limit for d in mine) / len(mine))
        curve.append(sum(shares) / len(shares))
    area, limits = 0.0, thresholds.tolist()
    for k in range(1, len(limits)):
        area += (limits[k] - limits[k - 1]) * (curve[k] + curve[k - 1]) / 2
    return area / (limits[-1] - limits[0])


def mixing(one, other, k):
    n, codes = len(one), one.tolist() + other.tolist()
    count = 0
    for i, code in enumerate(codes):
        far = sorted((math.dist(code, rest), j) for j, rest in enumerate(codes) if j != i)
        count += sum((j < n) != (i < n) for _, j in far[:k])
    return count / (2 * n * k) * (2 * n - 1) / n


def shared(models):
    best, most = None, -1
    for number, (one, other) in enumerate(models):
        hits = 0
        for i, code in enumerate(one.tolist()):
            distances = [math.dist(code, rest) for rest in other.tolist()]
            hits += distances[i] == min(distances)
        if hits > most:
            best, most = number, hits
    return best
