"""Set 10 with NumPy wherever no network is called."""

import numpy as np
import torch


def shared_code(images, shares):
    images, shares = images.numpy(), shares.numpy()
    mean = np.average(images, axis=0, weights=shares)
    return {"mean": mean, "lost": np.average(np.square(images - mean).sum(1), weights=shares)}


def account(images, codes):
    images, codes = images.numpy(), codes.numpy()
    _, where = np.unique(codes, return_inverse=True)
    counts = np.bincount(where)
    means = np.stack([np.bincount(where, weights=pixel) / counts for pixel in images.T], axis=1)
    shown = np.sum(counts / len(images) * np.square(means - images.mean(0)).sum(1))
    return {"lost": images.var(axis=0).sum() - shown, "shown": shown}


def best_sigmas(x, mean, floor):
    return np.sqrt(np.maximum(np.square((x - mean).numpy()).mean(0), floor**2))


def gain(x, mean, floor):
    squares = np.square((x - mean).numpy())
    wide, one = best_sigmas(x, mean, floor) ** 2, squares.mean()
    each = -0.5 * (squares / wide + np.log(2 * np.pi * wide)).sum(1)
    single = -0.5 * (squares / one + np.log(2 * np.pi * one)).sum(1)
    return np.mean(each) - np.mean(single)


def bounded_sigma(raw, limit):
    logvar = limit * np.tanh(raw.numpy().astype(np.float64) / limit)
    return np.sqrt(np.exp(logvar))


def flow_step(z, net):
    m, s = (value.numpy().astype(np.float64) for value in net(z))
    gate = np.exp(-np.logaddexp(0, -s))
    return {"y": m + gate * (z.numpy() - m), "log_det": -np.logaddexp(0, -s).sum(-1)}


def flow_back(y, net):
    z = np.zeros(y.shape)
    for i in range(y.shape[-1]):
        m, s = (value.numpy() for value in net(torch.from_numpy(z)))
        z[..., i] = (y.numpy()[..., i] - m[..., i]) * (1 + np.exp(-s[..., i])) + m[..., i]
    return z


def repaired_log_density(eps, log_dets):
    eps, log_dets = eps.numpy(), log_dets.numpy()
    return -0.5 * np.sum(eps**2, axis=1) - 0.5 * eps.shape[1] * np.log(2 * np.pi) - log_dets.sum(0)


def leaks(net, d):
    z = torch.randn(8, d, dtype=torch.float64, requires_grad=True)
    found = np.zeros((d, d))
    for output in net(z):
        for i in range(d):
            slope = torch.autograd.grad(output[:, i].sum(), z, retain_graph=True)[0]
            found[i] += np.abs(slope.numpy()).max(0)
    return (np.triu(found) > 1e-10) * 1.0


def discriminator(p_data, p_model):
    p_data, p_model = p_data.numpy(), p_model.numpy()
    return np.divide(p_data, np.add(p_data, p_model))


def game(p_data, p_model):
    p_data, p_model = p_data.numpy(), p_model.numpy()
    mixture = (p_data + p_model) / 2

    def divergence(p):
        some = p > 0
        return np.sum(p[some] * np.log(p[some] / mixture[some]))

    js = 0.5 * divergence(p_data) + 0.5 * divergence(p_model)
    return {"pay": 2 * js - 2 * np.log(2), "js": js}


def read_table(rows, floor):
    frechet, precision, recall, count = (
        np.array([row[name] for row in rows]) for name in ("frechet", "precision", "recall", "count")
    )
    same = count == floor["count"]
    sharp = same & (precision >= 0.9 * floor["precision"])
    return {
        "comparable": np.flatnonzero(same),
        "nearest": np.where(same, frechet, np.inf).argmin(),
        "drops": np.where(sharp, recall, np.inf).argmin(),
    }
