"""Set 2 with plain Python: loops and the math module."""

import math


def _normal_kl(m, v, prior_m, prior_v):
    return 0.5 * (v / prior_v + (m - prior_m) ** 2 / prior_v - 1 - math.log(v / prior_v))


def log_evidence(joint, x):
    total = 0.0
    for value in joint[x]:
        total += value
    return math.log(total)


def posterior(joint, x):
    total = sum(joint[x])
    return [value / total for value in joint[x]]


def elbo_terms(joint, x, q):
    columns = range(len(q))
    p_x = sum(joint[x][j] for j in columns)
    reconstruction = kl = gap = 0.0
    for j in columns:
        if q[j] == 0:
            continue
        p_z = sum(row[j] for row in joint)
        reconstruction += q[j] * math.log(joint[x][j] / p_z)
        kl += q[j] * (math.log(q[j]) - math.log(p_z))
        gap += q[j] * (math.log(q[j]) - math.log(joint[x][j]) + math.log(p_x))
    return [reconstruction, kl, gap]


def best_diagonal(W, b, sigma, x):
    import numpy as np

    n = W.shape[1]
    precision = [[float(i == j) + sum(W[:, i] * W[:, j]) / sigma**2 for j in range(n)] for i in range(n)]
    mean = np.linalg.inv(precision) @ [sum(W[:, i] * (x - b)) / sigma**2 for i in range(n)]
    return mean, [1 / precision[i][i] for i in range(n)]


def smallest_gap(W, sigma):
    import numpy as np

    n = W.shape[1]
    S = np.linalg.inv(np.eye(n) + W.T.dot(W) / sigma**2)
    gap = math.log(np.linalg.det(S))
    for i in range(n):
        gap += math.log(1 + sum(w * w for w in W[:, i]) / sigma**2)
    return gap / 2


def gaussian_kl(mu_q, logvar_q, mu_p, logvar_p):
    result = []
    for i in range(len(mu_q)):
        total = 0.0
        for j in range(len(mu_q[i])):
            total += _normal_kl(mu_q[i][j], math.exp(logvar_q[i][j]), mu_p[i][j], math.exp(logvar_p[i][j]))
        result.append(total)
    return result


def repaired_elbo(w, sigma, x, mean, logvar):
    v = math.exp(logvar)
    reconstruction = -(math.log(2 * math.pi) + 2 * math.log(sigma)) / 2
    reconstruction -= (x * x - 2 * x * w * mean + w * w * (mean * mean + v)) / (2 * sigma**2)
    return reconstruction - _normal_kl(mean, v, 0.0, 1.0)


def witness(w, sigma, x):
    # Not the posterior: any q near it will do, here with a variance 10 percent smaller.
    v = 0.9 * sigma**2 / (w**2 + sigma**2)
    return [w * x / (w**2 + sigma**2), math.log(v)]


def read_runs(reconstruction, kl, log_px, error):
    gaps, impossible = [], []
    best_model = best_encoder = None
    for i in range(len(kl)):
        elbo = reconstruction[i] - kl[i]
        gaps.append(log_px[i] - elbo)
        impossible.append(bool(kl[i] < 0 or elbo > log_px[i] + 3 * error[i]))
        if impossible[i]:
            continue
        if best_model is None or log_px[i] > log_px[best_model]:
            best_model = i
        if best_encoder is None or gaps[i] < gaps[best_encoder]:
            best_encoder = i
    return {"gap": gaps, "impossible": impossible, "best_model": best_model, "best_encoder": best_encoder}
