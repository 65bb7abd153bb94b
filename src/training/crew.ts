/**
 * Threads with a TF.js of their own (`member.ts`), kept for the next training, because starting TF.js takes a second. A training that
 * is given to one has the numbers that it has here: the thread runs the same loop.
 */
import { Problem } from '../base/problem.ts';
import { asidesAtWork, countAside } from '../compute/kernels/aside.ts';
import type { NamedArray } from '../models/contract.ts';
import type { Checkpoint, TrainingControl, TrainingSummary } from './contract.ts';
import type { FromMember, Job, ToMember } from './crew-contract.ts';

/** Until a thread has started TF.js; one that cannot be started at all says so at once. */
const startMs = 60_000;
/** An idle thread is kept so long: its heap does not shrink. */
const idleMs = 20_000;
/** Between two looks at what the control wants. */
const steerMs = 50;

/** The thread has ended or cannot be used. It is no fault of what it was doing, which may be done elsewhere. */
export class MemberLost extends Error {}

/** A thread as both kinds of workers offer it. */
interface Thread {
  post(message: ToMember): void;
  onMessage(hear: (message: FromMember) => void): void;
  /** It has died, or never lived. */
  onEnd(hear: (reason: string) => void): void;
  /** Whether the process has to wait for it, in Node. */
  hold(on: boolean): void;
  end(): void;
}

let startWorker: (() => Worker) | null = null;

/** In a browser: starts a worker that serves as a member. Without it nothing trains on threads of its own there. */
export function membersStartBy(start: () => Worker): void {
  startWorker = start;
}

export interface Trained {
  summary: TrainingSummary;
  weights: NamedArray[];
}

export interface Watch {
  control: TrainingControl;
  onCheckpoint?(checkpoint: Checkpoint, paused: boolean): void;
  /** Hears the size of the thread's heap with every progress, bytes. */
  onHeap(bytes: number): void;
}

const idle: Member[] = [];
const atWork = new Set<Member>();
/** Whether a thread has come up here: if the first one does not, none is tried again. */
let possible: boolean | undefined;

/** A thread that has nothing to do: one that was kept, or a new one; undefined where there is none. Give it back or end it. */
export async function hireMember(): Promise<Member | undefined> {
  const kept = idle.pop();
  if (kept) return kept.hired();
  if (possible === false) return undefined;
  try {
    const member = await Member.start();
    possible = true;
    return member;
  } catch (error) {
    possible ??= false;
    console.warn(`members of an ensemble train one after another: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** Ends the threads that nobody uses. */
export function endIdleMembers(): void {
  for (const member of idle.splice(0)) member.end();
}

/** Threads that are kept for the next training, and those that train now. */
export function membersHere(): { idle: number; atWork: number } {
  return { idle: idle.length, atWork: atWork.size };
}

export class Member {
  private hear: ((message: FromMember) => void) | null = null;
  private lose: ((reason: string) => void) | null = null;
  private lost: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Tensors that its trainings have left over. */
  leftOver = 0;

  private constructor(private readonly thread: Thread) {
    thread.onMessage((message) => this.hear?.(message));
    thread.onEnd((reason) => this.gone(reason));
  }

  /** @throws MemberLost if there is no such thread, or its backend does not compute what it should */
  static async start(): Promise<Member> {
    const thread = await startThread();
    if (!thread) throw new MemberLost('no thread with a TF.js of its own can be started here');
    const member = new Member(thread);
    thread.hold(true);
    const tooLong = setTimeout(() => member.gone(`a thread did not start within ${startMs / 1000} s`), startMs);
    try {
      await new Promise<void>((resolve, reject) => {
        member.lose = (reason) => reject(new MemberLost(reason));
        member.hear = (message) => {
          if ('ready' in message) resolve();
          else if ('unfit' in message) reject(new MemberLost(message.unfit));
        };
      });
    } catch (error) {
      member.end();
      throw error;
    } finally {
      clearTimeout(tooLong);
    }
    return member;
  }

  /** Trains there; one training at a time. @throws MemberLost if the thread is lost, and whatever the training throws */
  async train(job: Job, { control, onCheckpoint, onHeap }: Watch): Promise<Trained> {
    const counted = countAside();
    atWork.add(this);
    let over = false;
    try {
      return await new Promise<Trained>((resolve, reject) => {
        this.lose = (reason) => reject(new MemberLost(reason));
        this.hear = (message) => {
          try {
            if ('progress' in message) {
              onHeap(message.heap);
              control.onProgress(message.progress);
            } else if ('checkpoint' in message) onCheckpoint?.(message.checkpoint, message.paused);
            else if ('summary' in message) {
              this.leftOver += message.tensors;
              onHeap(message.heap);
              resolve({ summary: message.summary, weights: message.weights });
            } else if ('problem' in message) reject(new Problem(message.problem));
            else if ('error' in message) reject(errorOf(message));
          } catch (error) {
            // whoever listens has failed; the thread would go on for nobody
            reject(error);
            this.end();
          }
        };
        tellOthers();
        this.post({ job });
        this.steer(control, () => over).catch(reject);
      });
    } finally {
      over = true;
      this.hear = null;
      this.lose = null;
      counted();
      atWork.delete(this);
      tellOthers();
    }
  }

  /** Keeps it for the next training, for a while. */
  giveBack(): void {
    if (this.lost !== null) return;
    idle.push(this);
    this.thread.hold(false);
    this.timer = setTimeout(() => {
      const at = idle.indexOf(this);
      if (at >= 0) idle.splice(at, 1);
      this.end();
    }, idleMs);
    if (import.meta.env.SSR) (this.timer as { unref?(): void }).unref?.();
  }

  hired(): Member {
    clearTimeout(this.timer);
    this.thread.hold(true);
    return this;
  }

  end(): void {
    this.gone('the thread was ended');
  }

  post(message: ToMember): void {
    if (this.lost !== null) this.lose?.(this.lost);
    else this.thread.post(message);
  }

  /** It is of no use any more. A browser's worker lives on after an error. */
  private gone(reason: string): void {
    this.lost ??= reason;
    this.thread.hold(false);
    this.thread.end();
    clearTimeout(this.timer);
    const at = idle.indexOf(this);
    if (at >= 0) idle.splice(at, 1);
    this.lose?.(this.lost);
  }

  /** Hands on what the control wants until the training is over. */
  private async steer(control: TrainingControl, over: () => boolean): Promise<void> {
    let stopped = false;
    const stop = () => {
      if (control.stopRequested && !stopped) this.post({ steer: 'stop' });
      stopped ||= control.stopRequested;
    };
    while (!over() && !stopped) {
      stop();
      const gate = control.waitWhilePaused();
      const open = await Promise.race([gate.then(() => true), turn(0).then(() => false)]);
      if (!open && !over()) {
        this.post({ steer: 'pause' });
        await gate;
        stop();
        if (!over() && !stopped) this.post({ steer: 'resume' });
      }
      await turn(steerMs);
    }
  }
}

/** Each is told how many cores are taken. */
function tellOthers(): void {
  for (const member of atWork) member.post({ others: asidesAtWork() - 1 });
}

function turn(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function errorOf({ error, stack }: { error: string; stack?: string }): Error {
  const made = new Error(error);
  if (stack) made.stack = stack;
  return made;
}

async function startThread(): Promise<Thread | undefined> {
  if (import.meta.env.SSR) {
    const { Worker: NodeWorker } = process.getBuiltinModule('node:worker_threads');
    // not as a literal, which a bundler would take for a file of the page
    const program = '../../scripts/member.mjs';
    const worker = new NodeWorker(new URL(program, import.meta.url));
    return {
      post: (message) => worker.postMessage(message),
      onMessage: (hear) => void worker.on('message', hear),
      onEnd: (hear) => {
        worker.on('error', (error) => hear(error instanceof Error ? error.message : String(error)));
        worker.on('exit', () => hear('the thread has ended'));
      },
      hold: (on) => (on ? worker.ref() : worker.unref()),
      end: () => void worker.terminate(),
    };
  }
  if (!startWorker) return undefined;
  const worker = startWorker();
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (hear) => {
      worker.onmessage = ({ data }: MessageEvent<FromMember>) => hear(data);
    },
    onEnd: (hear) => {
      worker.onerror = (event) => hear(event.message || 'a thread could not be loaded or ran out of memory');
    },
    hold: () => undefined,
    end: () => worker.terminate(),
  };
}
