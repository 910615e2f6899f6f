"""Tests of pages, words and pictures."""
