import { useApplicationList } from "../../live/hooks.ts";
import { Notice } from "../../ui/Notice.tsx";
import { PageHead } from "../../ui/PageHead.tsx";
import { Empty, Readable } from "../../ui/Reach.tsx";
import { AppList } from "./AppList.tsx";
import { Beside } from "./Beside.tsx";

const example = `kubectl apply -f - <<EOF
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: guestbook, namespace: argocd}
spec:
  project: default
  source: {repoURL: https://git.example.com/deploy.git, path: guestbook, targetRevision: main}
  destination: {server: https://kubernetes.default.svc, namespace: guestbook}
  syncPolicy: {automated: {prune: true, selfHeal: true}}
EOF`;

export function Applications() {
	const apps = useApplicationList();
	return (
		<>
			<PageHead title="Applications" name="Applications">
				<Beside />
			</PageHead>
			<Readable what="applications" snapshot={apps}>
				<AppList
					snapshot={apps}
					empty={
						<Empty what="applications" snapshot={apps} where="argocd">
							<Notice title="No applications yet" command={example}>
								<p>
									An Application names a directory of manifests in Git and the namespace they belong into.
								</p>
							</Notice>
						</Empty>
					}
				/>
			</Readable>
		</>
	);
}
