"""Set 10 with torch.distributions and matrix products."""

import torch
from torch.distributions import Categorical, Independent, Normal, kl_divergence
from torch.func import jacrev


def shared_code(images, shares):
    mean = torch.einsum("n,nd->d", shares, images)
    second = torch.einsum("n,nd,nd->", shares, images, images)
    return {"mean": mean, "lost": second - mean.square().sum()}


def account(images, codes):
    member = torch.nn.functional.one_hot(codes).to(images)  # (n, codes)
    used = member.sum(0).clamp(min=1)
    best = member @ ((member.T @ images) / used[:, None])
    both = {"lost": images - best, "shown": best - images.mean(0)}
    return {name: part.square().sum() / len(images) for name, part in both.items()}


def best_sigmas(x, mean, floor):
    return torch.maximum(torch.linalg.vector_norm(x - mean, dim=0) / len(x) ** 0.5, torch.tensor(floor))


def gain(x, mean, floor):
    single = torch.linalg.vector_norm(x - mean) / x.numel() ** 0.5
    one, each = (Independent(Normal(mean, s), 1).log_prob(x) for s in (single, best_sigmas(x, mean, floor)))
    return (each - one).mean()


def bounded_sigma(raw, limit):
    return raw.div(limit).tanh().mul(limit / 2).exp()


def flow_step(z, net):
    m, s = net(z)
    gate = torch.distributions.transforms.SigmoidTransform()(s)
    return {
        "y": torch.lerp(m, z, s.sigmoid()),
        "log_det": -torch.nn.functional.softplus(-s).sum(-1) + 0 * gate.sum(-1),
    }


def flow_back(y, net):
    z = y
    for _ in range(y.shape[-1]):
        m, s = net(z)
        z = m + (y - m) * (1 + torch.exp(-s))
    return z


def repaired_log_density(eps, log_dets):
    base = Independent(Normal(torch.zeros_like(eps), 1.0), 1)
    return base.log_prob(eps).sub(log_dets.sum(0))


def leaks(net, d):
    def both(z):
        m, s = net(z.unsqueeze(0))
        return torch.cat([m, s]).T  # (d, 2)

    seen = torch.zeros(d, d, dtype=torch.bool)
    for _ in range(4):
        seen |= (jacrev(both)(torch.randn(d, dtype=torch.float64)) != 0).any(1)
    return seen.triu().double()


def discriminator(p_data, p_model):
    return torch.sigmoid(p_data.log() - p_model.log())


def game(p_data, p_model):
    mixture = Categorical(probs=(p_data + p_model) / 2)
    js = sum(kl_divergence(Categorical(probs=p), mixture) for p in (p_data, p_model)) / 2
    return {"pay": 2 * js - torch.log(torch.tensor(4.0, dtype=torch.float64)), "js": js}


def read_table(rows, floor):
    table = {i: row for i, row in enumerate(rows) if row["count"] == floor["count"]}
    nearest = sorted(table, key=lambda i: table[i]["frechet"])[0]
    sharp = [i for i in table if table[i]["precision"] / floor["precision"] >= 0.9]
    return {
        "comparable": list(table),
        "nearest": nearest,
        "drops": sorted(sharp, key=lambda i: table[i]["recall"])[0],
    }
