kubectl rollout status deployment/web --timeout=20s
kubectl rollout status deployment/web --timeout=600s
timeout 30 pave serve
