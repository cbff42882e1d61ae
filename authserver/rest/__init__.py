"""What all resources under `/v1` share: strict JSON, problems, who asks, lists in pages."""
