r"""The equations of chapter 10: blur, flows and adversaries."""
