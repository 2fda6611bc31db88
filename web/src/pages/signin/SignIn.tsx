import { Button, PasswordInput } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { ApiError, getSession, getSignInWays, openSession, type SignInWays } from "../../api/client.ts";
import type { Session } from "../../api/types.ts";
import { hub, tellTabs, whenOtherTabSignsIn } from "../../app/live.ts";
import { queries, sessionQuery } from "../../app/queries.ts";
import { StateIcon } from "../../ui/StateIcon.tsx";
import css from "./SignIn.module.css";
import { safeReturn } from "./safeReturn.ts";

/** Takes the one-time code out of the address at once, so that it stays in no history. */
function takeCode(): string | null {
	const code = new URLSearchParams(window.location.hash.slice(1)).get("code");
	if (code) window.history.replaceState(null, "", window.location.pathname + window.location.search);
	return code;
}

function useSignIn() {
	const navigate = useNavigate();
	const { to, ended } = useSearch({ strict: false }) as { to?: string; ended?: string };
	const [error, setError] = useState<ReactNode>();
	const [busy, setBusy] = useState(false);
	const enter = useCallback(
		async (session: Session) => {
			queries.setQueryData(sessionQuery.queryKey, session);
			hub.signedIn();
			await navigate({ to: safeReturn(to) as "/", replace: true });
		},
		[navigate, to],
	);
	useEffect(
		() => whenOtherTabSignsIn(() => void getSession().then((session) => session && enter(session))),
		[enter],
	);
	const signIn = useCallback(
		async (proof: { code: string } | { token: string }) => {
			setBusy(true);
			setError(undefined);
			try {
				const session = await openSession(proof);
				tellTabs("in");
				await enter(session);
			} catch (caught) {
				setError(explain(caught, "code" in proof));
				setBusy(false);
			}
		},
		[enter],
	);
	return { signIn, error, busy, ended: ended !== undefined, back: safeReturn(to) };
}

function explain(error: unknown, withCode: boolean): ReactNode {
	if (error instanceof ApiError && (error.code === 401 || error.code === 403)) {
		return withCode ? (
			<>
				This sign-in link was used before or has expired. <code>pave signin</code> prints a new one; or paste
				a token.
			</>
		) : (
			"The server does not accept this token. Is it whole, and of a ServiceAccount that still exists?"
		);
	}
	return error instanceof Error ? error.message : String(error);
}

/** Asked once: a failure is told once, and reloading the page forgets it. */
function useWays(): SignInWays {
	const [ways, setWays] = useState<SignInWays>({});
	useEffect(() => {
		const stop = new AbortController();
		getSignInWays(stop.signal).then(setWays, () => undefined);
		return () => stop.abort();
	}, []);
	return ways;
}

export function SignIn() {
	const { signIn, error: refused, busy, ended, back } = useSignIn();
	const { issuer, failed } = useWays();
	const error = refused ?? failed;
	const [token, setToken] = useState("");
	useEffect(() => {
		const start = () => {
			const code = takeCode();
			if (code) void signIn({ code });
		};
		start();
		// The link pasted where this page is open already: only its fragment is new.
		window.addEventListener("hashchange", start);
		return () => window.removeEventListener("hashchange", start);
	}, [signIn]);
	const submit = (event: React.FormEvent) => {
		event.preventDefault();
		if (token.trim() !== "") void signIn({ token: token.trim() });
	};
	return (
		<main className={css.page}>
			<form className={css.card} onSubmit={submit}>
				<img src="/pave.svg" alt="" width={32} height={32} />
				<h1>{ended ? "You are signed out" : "Sign in to Pave"}</h1>
				{ended ? (
					<p role="status">
						You signed out, here or in another tab, or the session’s time was up.{" "}
						{back === "/" ? (
							""
						) : (
							<>
								Signing in takes you back to <code>{back}</code>.
							</>
						)}
					</p>
				) : null}
				{issuer ? (
					<Button component="a" href={`/portal/oidc/start?to=${encodeURIComponent(back)}`} size="sm">
						Sign in with {issuer}
					</Button>
				) : null}
				<p className="dim">
					{issuer ? "Or open" : "Open"} the link that <code>pave serve</code> or <code>pave signin</code>{" "}
					printed in a terminal, or paste a ServiceAccount’s token.
				</p>
				<PasswordInput
					label="Bearer token"
					placeholder="eyJhbGciOi…"
					autoComplete="off"
					spellCheck={false}
					value={token}
					onChange={(event) => setToken(event.currentTarget.value)}
					data-autofocus
				/>
				<Button
					type="submit"
					size="sm"
					variant={issuer ? "default" : "filled"}
					loading={busy}
					disabled={token.trim() === ""}
				>
					Sign in
				</Button>
				{error ? (
					<p className={css.error} role="alert">
						<StateIcon state="fail" /> <span>{error}</span>
					</p>
				) : null}
				<div className={css.how}>
					<span className="small dim">A token for a person who has none yet</span>
					<code className={css.command}>kubectl create token NAME -n NAMESPACE</code>
				</div>
			</form>
		</main>
	);
}
