/**
 * How many ids a form serves from its own on: then it is stored anew. So a form can go as soon as all
 * events of its span are gone, which takes one comparison and no count of who refers to it.
 */
export const FORM_SPAN = 10_000;
/** With usual ones some megabytes. */
const MAX_FORMS = 4_000;

export type FormIds = ReturnType<typeof createFormIds>;

/** Knows which forms this process has stored, and under which ids: those of the first events of each. */
export function createFormIds(maxForms = MAX_FORMS) {
  const stored = new Map<string, number>();

  return {
    /** For the events of one transaction, in the order of their ids. */
    begin() {
      const added: Array<readonly [id: number, form: string]> = [];
      const here = new Map<string, number>();
      return {
        /** The id under which an event finds its form. @param event the event's own id */
        idOf(form: string, event: number): number {
          const known = here.get(form) ?? stored.get(form);
          if (known !== undefined && event - known < FORM_SPAN) return known;
          here.set(form, event);
          added.push([event, form]);
          return event;
        },

        /** Those that are to be stored with these events. */
        added: added as ReadonlyArray<readonly [id: number, form: string]>,

        /** They are stored for good. */
        committed(): void {
          if (stored.size + here.size > maxForms) stored.clear();
          for (const [form, id] of here) stored.set(form, id);
        },
      };
    },
  };
}
