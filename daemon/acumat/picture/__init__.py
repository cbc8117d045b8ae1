"""The body on the mat as a picture: a heat map drawn pixel by pixel, and a small PNG writer. Pure arithmetic."""
