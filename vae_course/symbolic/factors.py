r"""The equations of chapter 7: the decomposition of the KL term, and factorised codes."""
