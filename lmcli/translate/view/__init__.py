"""Translations for people."""
