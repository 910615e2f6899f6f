"""The sandbox: where mail, texts and card payments of a practice that does not exist end up."""
