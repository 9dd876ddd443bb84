r"""The equations of chapter 5: the bounds of the semi-supervised VAE."""
