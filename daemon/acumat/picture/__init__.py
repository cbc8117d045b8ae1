"""The body on the mat as a picture: a heat map drawn pixel by pixel, and a PNG writer of our own. Pure arithmetic."""
