"""Tests of lmcli batch."""
