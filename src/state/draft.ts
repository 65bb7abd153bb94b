/** The model on the screen before it is trained: which one, its preset and parameters, and the preview that follows from them. */
import { defaultParams, type Params } from '../base/params.ts';
import type { RunRequest } from '../worker/api.ts';
import type { Means } from './means.ts';
import type { Actions, Engine, Store } from './store.ts';

export interface Draft {
  actions: Pick<Actions, 'selectPreset' | 'setParam' | 'setSeeds' | 'setEpochs'>;
  /** Resolves when its preview is there. */
  selectModel(model: string): Promise<void>;
  refreshPreview(): Promise<void>;
  /** Lets a model that can follow the study's steps do so while there are any. */
  followSteps(): void;
  /** What is to be trained, one for each seed. */
  choices(): Omit<RunRequest, 'id'>[];
}

export function createDraft(engine: Engine, { get, setRun, setSession, report }: Means): Draft {
  let ticket = 0;

  const refreshPreview = async (): Promise<void> => {
    const own = ++ticket;
    if (!get().run.data) return;
    const { model, params, preset } = get().session.draft;
    try {
      const preview = await engine.preview(model, params, preset || undefined);
      if (own === ticket) setRun({ preview });
    } catch (error) {
      if (own === ticket) {
        setRun({ preview: null });
        report(error, 'model parameters');
      }
    }
  };

  return {
    actions: {
      selectPreset: (preset) => {
        const { draft } = get().session;
        setSession({ draft: { ...draft, preset, params: draftParams(get(), draft.model, preset), epochs: null } });
        void refreshPreview();
      },
      setParam: (name, value) => {
        const { draft } = get().session;
        setSession({ draft: { ...draft, params: { ...draft.params, [name]: value } } });
        void refreshPreview();
      },
      setSeeds: (seeds) => setSession({ draft: { ...get().session.draft, seeds } }),
      setEpochs: (epochs) => setSession({ draft: { ...get().session.draft, epochs } }),
    },
    refreshPreview,
    async selectModel(model) {
      const spec = get().run.models.find((m) => m.id === model);
      const preset = spec?.suggestedPreset ?? '';
      setSession({
        draft: { ...get().session.draft, model, preset, params: draftParams(get(), model, preset), epochs: null },
      });
      await refreshPreview();
    },
    followSteps() {
      const { draft } = get().session;
      const params = { ...draft.params, ...scalingFor(get(), draft.model, draft.preset) };
      setSession({ draft: { ...draft, params } });
    },
    choices() {
      const { model, preset, params, seeds, epochs } = get().session.draft;
      const changed = changedParams(get(), model, preset, params);
      return seeds.map((seed) => ({
        model,
        preset,
        seed,
        ...(Object.keys(changed).length > 0 ? { params: changed } : {}),
        ...(epochs !== null ? { epochs } : {}),
      }));
    },
  };
}

/** What a preprocessing list changes in a model's parameters: models that can follow the study's steps do, while there are any. */
function scalingFor(store: Store, model: string, preset: string): Params {
  const spec = store.run.models.find((m) => m.id === model)?.params.scaling;
  const can = spec?.kind === 'choice' && spec.options.some((option) => option.value === 'study');
  if (!can) return {};
  const usual = presetParams(store, model, preset).scaling;
  return store.session.preprocessing.length > 0 ? { scaling: 'study' } : usual !== undefined ? { scaling: usual } : {};
}

/** A preset's parameters as the draft starts with them. */
function draftParams(store: Store, model: string, preset: string): Params {
  const steps = store.session.preprocessing.length > 0 ? scalingFor(store, model, preset) : {};
  return { ...presetParams(store, model, preset), ...steps };
}

function presetParams(store: Store, model: string, preset: string): Params {
  const spec = store.run.models.find((m) => m.id === model);
  return spec ? { ...defaultParams(spec.params), ...spec.presets[preset]?.params } : {};
}

/** Parameters that differ from the preset: only these go into the request, the link and the study. */
function changedParams(store: Store, model: string, preset: string, params: Params): Params {
  const usual = presetParams(store, model, preset);
  return Object.fromEntries(
    Object.entries(params).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(usual[key])),
  );
}
