"""The language models that write answers: tiers, each behind a breaker, within one deadline."""
