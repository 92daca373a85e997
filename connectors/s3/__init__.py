"""Documents in a bucket of Amazon S3, or of a system that speaks its protocol."""
