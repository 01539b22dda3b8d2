"""On a cluster, by Kubeflow Pipelines."""
