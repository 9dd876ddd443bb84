r"""The equations of chapter 3: gradients through a random draw, their variances, and the bound with K samples."""
