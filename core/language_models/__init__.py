"""Language models as Vouch asks them: messages in, text out as it is written."""
