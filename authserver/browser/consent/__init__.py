"""What people are asked about an application, and how their answer is weighed: at `/consent` and at `/device`."""
