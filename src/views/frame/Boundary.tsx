/** Keeps a fault in one workspace from taking the page with it: it says so, and the workspace can be opened again. */
import { Component, type ReactNode } from 'react';
import { asProblem, type ProblemDetails } from '../../base/problem.ts';
import { Button } from '../parts/Button.tsx';
import { ProblemNotice } from '../parts/ProblemNotice.tsx';
import style from './Boundary.module.css';

interface BoundaryProps {
  /** What is inside, for the message. */
  name: string;
  children: ReactNode;
}

export class Boundary extends Component<BoundaryProps, { problem: ProblemDetails | null }> {
  override state = { problem: null };

  static getDerivedStateFromError(error: unknown) {
    return {
      problem: {
        ...asProblem(error, 'the page'),
        expected: 'this workspace to be drawn',
        fix: 'Data and trained models are still there; open the workspace again, or copy the details into a report',
      },
    };
  }

  override render() {
    const problem: ProblemDetails | null = this.state.problem;
    if (!problem) return this.props.children;
    return (
      <div className={style.fault}>
        <ProblemNotice problem={{ ...(problem as ProblemDetails), where: `workspace ${this.props.name}` }} />
        <Button onClick={() => this.setState({ problem: null })}>Open {this.props.name} again</Button>
      </div>
    );
  }
}
