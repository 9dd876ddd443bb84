"""How every shipped network, and every sweep whose figures are committed, was trained."""
