/** Wires the parts together: the worker, the store, the page. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createActions } from './state/actions.ts';
import { createOffshellStore } from './state/store.ts';
import { App } from './views/App.tsx';
import { StoreContext } from './views/use-store.ts';
import { connectEngine } from './worker/client.ts';

const engine = connectEngine();
const store = createOffshellStore(
  createActions(engine, {
    hash: location.hash,
    query: location.search,
    address: `${location.origin}${location.pathname}`,
    writeClipboard: (text) => navigator.clipboard.writeText(text),
    storage: localStorage,
    tab: sessionStorage,
  }),
);

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <StoreContext value={store}>
      <App />
    </StoreContext>
  </StrictMode>,
);
void store.getState().actions.begin();
