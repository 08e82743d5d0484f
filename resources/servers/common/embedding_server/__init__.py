"""What the servers of this folder share: the HTTP contract, preprocessing, batching, metrics and limits."""
