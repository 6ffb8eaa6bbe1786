// A screen that breaks takes nothing else with it: the frame, the truth bar and the kill switch stay.
import { Component, type ReactNode } from "react";

interface GuardProps {
  title: string;
  works: string;
  retry: string;
  children: ReactNode;
}

export class Guard extends Component<GuardProps, { broken: Error | null }> {
  override state: { broken: Error | null } = { broken: null };

  static getDerivedStateFromError(broken: Error): { broken: Error } {
    return { broken };
  }

  override render(): ReactNode {
    const { broken } = this.state;
    if (!broken) return this.props.children;
    return (
      <div className="failed" data-state="error" role="alert">
        <h1>{this.props.title}</h1>
        <p translate="no" data-from="server">
          {broken.message}
        </p>
        <p className="quiet">{this.props.works}</p>
        <button type="button" className="button" onClick={() => this.setState({ broken: null })}>
          {this.props.retry}
        </button>
      </div>
    );
  }
}
