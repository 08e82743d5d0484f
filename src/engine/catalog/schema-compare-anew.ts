/**
 * Forgets what photos were found to be to each other, so that the next scan compares all of them anew, without opening them: a
 * look sees more than it did, and photos with corners in common are candidates too. Decisions and dismissals stay.
 */
export const compareAnew = `DELETE FROM links`
