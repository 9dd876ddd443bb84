r"""The equations of chapter 1: latent variables, the evidence as an integral, and what it costs to estimate it."""
