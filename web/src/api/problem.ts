// What went wrong, in the one form the gateway uses, and the two things that can go wrong before it answers.

export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  correlation_id?: string;
  control?: string;
  limit?: string;
  value?: string;
  errors?: { field: string; message: string }[];
  diagnostics?: unknown[];
}

/** The gateway answered no, or something between us answered for it. */
export class Problem extends Error {
  readonly body: ProblemBody;

  constructor(body: ProblemBody) {
    super(body.detail || body.title || `status ${body.status}`);
    this.name = "Problem";
    this.body = body;
  }

  get isRefusal(): boolean {
    return this.body.type === "refused";
  }
}

/** No answer arrived. For a request that moves money this means unknown, not failed. */
export class NoAnswer extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause));
    this.name = "NoAnswer";
  }
}

export async function problemFrom(response: Response): Promise<Problem> {
  const correlation = response.headers.get("X-Correlation-Id") ?? undefined;
  try {
    const body = (await response.json()) as Partial<ProblemBody>;
    return new Problem({
      type: body.type ?? "unavailable",
      title: body.title ?? response.statusText,
      status: response.status,
      detail: body.detail ?? "",
      ...body,
      ...(body.correlation_id || correlation ? { correlation_id: body.correlation_id ?? correlation! } : {}),
    });
  } catch {
    return new Problem({
      type: "unavailable",
      title: response.statusText,
      status: response.status,
      detail: "",
      ...(correlation ? { correlation_id: correlation } : {}),
    });
  }
}
