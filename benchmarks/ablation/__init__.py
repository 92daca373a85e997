"""What each choice in chunking, in the text of BM25 and in the fusion is worth, on one set."""
