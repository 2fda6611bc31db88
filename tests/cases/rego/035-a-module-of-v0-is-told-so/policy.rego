package kubernetes.admission

deny[msg] {
	input.request.kind.kind == "Deployment"
	msg := "no"
}
