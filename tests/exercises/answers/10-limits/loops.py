"""Set 10 with loops and plain numbers."""

import math

import torch


def shared_code(images, shares):
    mean = torch.zeros(images.shape[1], dtype=images.dtype)
    for image, share in zip(images, shares, strict=True):
        mean += share * image
    lost = 0.0
    for image, share in zip(images, shares, strict=True):
        lost += float(share) * float(((image - mean) ** 2).sum())
    return {"mean": mean, "lost": lost}


def account(images, codes):
    groups = {}
    for image, code in zip(images, codes.tolist(), strict=True):
        groups.setdefault(code, []).append(image)
    middle = sum(images) / len(images)
    lost = shown = 0.0
    for group in groups.values():
        mean = sum(group) / len(group)
        lost += sum(float(((image - mean) ** 2).sum()) for image in group)
        shown += len(group) * float(((mean - middle) ** 2).sum())
    return {"lost": lost / len(images), "shown": shown / len(images)}


def best_sigmas(x, mean, floor):
    values = []
    for j in range(x.shape[1]):
        v = float(((x[:, j] - mean[:, j]) ** 2).mean())
        values.append(floor if v < floor**2 else math.sqrt(v))
    return values


def gain(x, mean, floor):
    pixels = x.shape[1]
    v = [float(((x[:, j] - mean[:, j]) ** 2).mean()) for j in range(pixels)]
    single = sum(v) / pixels
    total = 0.0
    for v_j, sigma in zip(v, best_sigmas(x, mean, floor), strict=True):
        total += -v_j / (2 * sigma**2) - math.log(sigma)
        total -= -v_j / (2 * single) - math.log(single) / 2
    return total


def bounded_sigma(raw, limit):
    flat = [math.exp(limit * math.tanh(value / limit)) ** 0.5 for value in raw.flatten().tolist()]
    return torch.tensor(flat).view(raw.shape)


def flow_step(z, net):
    m, s = net(z)
    y, log_det = torch.empty_like(z), torch.zeros(z.shape[:-1], dtype=z.dtype)
    for i in range(z.shape[-1]):
        gate = 1 / (1 + torch.exp(-s[..., i]))
        y[..., i] = gate * z[..., i] + (1 - gate) * m[..., i]
        log_det -= torch.logaddexp(torch.zeros_like(s[..., i]), -s[..., i])
    return {"y": y, "log_det": log_det}


def flow_back(y, net):
    z = torch.zeros_like(y)
    for i in range(y.shape[-1]):
        m, s = net(z)
        gate = torch.sigmoid(s[..., i])
        z = z.clone()
        z[..., i] = (y[..., i] - (1 - gate) * m[..., i]) / gate
    return z


def repaired_log_density(eps, log_dets):
    values = []
    for i in range(len(eps)):
        value = -sum(float(e) ** 2 for e in eps[i]) / 2 - len(eps[i]) / 2 * math.log(2 * math.pi)
        for step in log_dets:
            value -= float(step[i])
        values.append(value)
    return values


def leaks(net, d):
    found = torch.zeros(d, d)
    for _ in range(4):
        z = torch.randn(1, d, dtype=torch.float64)
        m, s = net(z)
        for j in range(d):
            moved = z.clone()
            moved[0, j] += 0.37
            other_m, other_s = net(moved)
            for i in range(j + 1):
                if abs(m - other_m)[0, i] > 1e-9 or abs(s - other_s)[0, i] > 1e-9:
                    found[i, j] = 1
    return found


def discriminator(p_data, p_model):
    return [float(a / (a + b)) for a, b in zip(p_data, p_model, strict=True)]


def game(p_data, p_model):
    pay = 0.0
    for a, b in zip(p_data.tolist(), p_model.tolist(), strict=True):
        delta = a / (a + b)
        if a > 0:
            pay += a * math.log(delta)
        if b > 0:
            pay += b * math.log(1 - delta)
    return {"pay": pay, "js": pay / 2 + math.log(2)}


def read_table(rows, floor):
    comparable, nearest, drops = [], None, None
    for i, row in enumerate(rows):
        if row["count"] != floor["count"]:
            continue
        comparable.append(i)
        if nearest is None or row["frechet"] < rows[nearest]["frechet"]:
            nearest = i
        if row["precision"] >= 0.9 * floor["precision"] and (
            drops is None or row["recall"] < rows[drops]["recall"]
        ):
            drops = i
    return {"comparable": comparable, "nearest": nearest, "drops": drops}
