"""What `deploy/k8s` describes, proved without a cluster: rendered, held against schemas and against the code."""
