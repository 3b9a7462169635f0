"""Handwritten digits: pictures of 28 x 28 pixels, a multilayer perceptron and a convolutional network."""
