"""Digits, feature maps and tables for people."""
