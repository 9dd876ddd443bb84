"""A procedural hand: joints, bones and angles, to be seen from anywhere."""
