import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Loading } from './notice.js';

/**
 * A component whose code is fetched when it is first shown, so that the first page does not wait for charts that it does not have. If the code
 * cannot be fetched (the server is away) it says so, and reloading asks again.
 */
export function lazy<P extends object>(
  load: () => Promise<ComponentType<P>>,
  height: number,
): ComponentType<P> {
  let loaded: ComponentType<P> | undefined;
  return function Lazy(props: P) {
    const [state, setState] = useState<'waiting' | 'there' | 'failed'>(loaded ? 'there' : 'waiting');
    useEffect(() => {
      if (loaded) return;
      load().then(
        (component) => {
          loaded = component;
          setState('there');
        },
        () => setState('failed'),
      );
    }, []);
    if (state === 'failed')
      return <p class="hint">This part could not be loaded: reload the page to ask again.</p>;
    return loaded ? <LoadedPart of={loaded} props={props} /> : <Loading height={height} />;
  };
}

function LoadedPart<P extends object>({ of: Component, props }: { of: ComponentType<P>; props: P }) {
  return <Component {...props} />;
}
