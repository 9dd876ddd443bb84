r"""The equations of chapter 6: the beta-VAE as a constrained problem."""
