/** The engine in a worker. */
import { expose } from 'comlink';
import * as engine from './engine.ts';

expose({ ...engine });
